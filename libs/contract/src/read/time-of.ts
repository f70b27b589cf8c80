import { textOf } from './comparator.ts'

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?(?:[Zz]|[+-]\d{2}:\d{2})$/
// As seconds this is the year 5138, as milliseconds 1973: no provider means either.
const SECONDS_BELOW = 100_000_000_000

/** Epoch milliseconds of a time with a zone, or of seconds or milliseconds since 1970; null for anything else. */
export function timeMs(value: unknown): number | null {
  const text = textOf(value) ?? ''
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) return Number(text) < SECONDS_BELOW ? Number(text) * 1_000 : Number(text)
  const parsed = RFC_3339.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(parsed) ? null : parsed
}
