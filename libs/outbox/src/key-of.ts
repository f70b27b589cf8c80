import { OutboxError } from './outbox-error.ts'

export type KeyPart = string | number | bigint | boolean

const KEY_BYTES_MAX = 512

/**
 * Makes a key from the fields that name the intent: `keyOf('cust-7', '2026-11')` is `cust-7/2026-11`.
 *
 * The key names the intent, never the attempt: whoever wants the same thing again must get the same key. So no
 * timestamps, no random ids, no counters of tries; a Date is refused, because its text depends on more than the day meant.
 * A separator within a part is escaped, so that different parts never make the same key.
 *
 * @throws OutboxError `key_refused`
 */
export function keyOf(...parts: readonly [KeyPart, ...KeyPart[]]): string {
  if (parts.length === 0) throw refused('needs at least one part')
  const key = parts.map(partText).join('/')
  if (Buffer.byteLength(key) > KEY_BYTES_MAX)
    throw refused(`is longer than ${KEY_BYTES_MAX} bytes: hash its longest part`)
  return key
}

function partText(part: unknown, index: number): string {
  const problem = problemOf(part)
  if (problem) throw refused(`cannot be made from part ${index + 1}, which is ${problem}`)
  return String(part).replaceAll('%', '%25').replaceAll('/', '%2F')
}

function problemOf(part: unknown): string | null {
  switch (typeof part) {
    case 'string':
      return problemOfText(part)
    case 'number':
      return problemOfNumber(part)
    case 'bigint':
    case 'boolean':
      return null
    default:
      return problemOfObject(part)
  }
}

function problemOfObject(part: unknown): string {
  if (part instanceof Date) return 'a Date: write the day or the period that is meant'
  return part === null ? 'null' : typeof part
}

function problemOfText(part: string): string | null {
  if (part.trim() === '') return 'empty'
  return /\p{Surrogate}|\0/u.test(part) ? 'not text that a database can hold' : null
}

function problemOfNumber(part: number): string | null {
  if (!Number.isFinite(part)) return String(part)
  return Number.isInteger(part) && !Number.isSafeInteger(part) ? 'a number too large to be exact' : null
}

const refused = (problem: string) => new OutboxError('key_refused', `the key ${problem}`)
