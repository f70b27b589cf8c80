import { z } from 'zod'
import { formatDuration, parseDurationMs } from './duration.ts'

type FieldOptions = { /** What was given is never repeated in an error. */ secret?: boolean }

/** One environment variable: `read` gives undefined for what it cannot accept. */
function field<T>(expected: string, read: (text: string) => T | undefined, options: FieldOptions = {}) {
  return z.string({ error: `expected ${expected}, got nothing` }).transform((text, context) => {
    const value = read(text.trim())
    if (value !== undefined) return value
    const got = options.secret ? 'something else' : JSON.stringify(text)
    context.addIssue({ code: 'custom', message: `expected ${expected}, got ${got}` })
    return z.NEVER
  })
}

export const text = (expected: string) => field(expected, (given) => given || undefined)

export const secretText = (expected: string) => field(expected, (given) => given || undefined, { secret: true })

export const oneOf = <const T extends string>(values: readonly T[]) =>
  field(`one of ${values.join(', ')}`, (given) => values.find((value) => value === given.toLowerCase()))

export const flag = () =>
  field('true or false', (given) => ({ true: true, 1: true, false: false, 0: false })[given.toLowerCase()])

export const wholeNumber = (min: number, max: number) =>
  field(`a whole number from ${min} to ${max}`, (given) => {
    const number = /^\d+$/.test(given) ? Number(given) : Number.NaN
    return number >= min && number <= max ? number : undefined
  })

export const duration = (minMs: number, maxMs: number) =>
  field(`a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)} such as 30s or 5m`, (given) => {
    const ms = parseDurationMs(given)
    return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined
  })

/** Separated by commas. `isItem` says what one may look like. */
export const list = (expected: string, isItem: RegExp) =>
  field(expected, (given) => {
    const items = given.split(',').map((item) => item.trim())
    return items.every((item) => isItem.test(item)) ? items : undefined
  })
