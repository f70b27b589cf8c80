import { createHash } from 'node:crypto'
import type { Contract, Entry } from '@readback/contract'
import { plannedCall } from '../call-text.ts'

/** Keys for a probe, by name: nobody else's, and the same for the same run. The first spelling that the contract lets through. */
export function probeKey(contract: Contract, entry: Entry, run: string, name: string): string | null {
  const digest = createHash('sha256').update(`${run} ${name}`).digest('hex')
  const spellings = [
    `rb-probe-${run}-${name}`,
    `rbprobe${run}${name.replaceAll('-', '')}`,
    digest,
    digest.slice(0, 32),
    digest.slice(0, 16),
    digest.replaceAll(/\D/g, '').slice(0, 12),
  ]
  return spellings.find((key) => fits(contract, { ...entry, key })) ?? null
}

const fits = (contract: Contract, entry: Entry): boolean => plannedCall(contract, entry) !== null

/** Keys that resemble this one; to an exact search they are strangers. */
export function neighboursOf(key: string): readonly string[] {
  const cut = key.slice(0, -1)
  const swapped = key === key.toUpperCase() ? key.toLowerCase() : key.toUpperCase()
  return [`${key}0`, cut, swapped].filter((other) => other !== key && other !== '')
}

// What may be enqueued at all.
const KEY_BYTES_MAX = 512

/** The longest key that the contract lets through, and one of unusual characters; null where the shape hides both. */
export function extremeKeys(
  contract: Contract,
  entry: Entry,
  base: string,
): { longest: string | null; oddest: string | null } {
  const shape = contract.provider.key?.shape
  if (shape === undefined || shape.as !== 'raw') return { longest: null, oddest: null }
  const length = Math.min(shape.maxBytes ?? KEY_BYTES_MAX, KEY_BYTES_MAX)
  const fitting = (key: string) => (fits(contract, { ...entry, key }) ? key : null)
  const odd = ODD_CHARACTERS.filter((character) => fitting(`${base}${character}`) !== null).join('')
  const oddest = odd === '' ? null : fitting(`${base}${odd}`)
  return { longest: base.length < length ? fitting(base.padEnd(length, '0')) : null, oddest }
}

const ODD_CHARACTERS = [...'/ ?#&+%=:;,"\'\\(){}[]<>|~@!*$.é']
