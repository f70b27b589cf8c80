const UUID_7 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i
const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'
/** To the second, with or without signs between: what is coarser names a day or an hour, which may well be meant. */
const MOMENT = /(\d{4})-?(\d\d)-?(\d\d)[T _]?(\d\d):?(\d\d):?(\d\d)/g
/** What every moment begins with, and every number: hardly a key has it, and that one look is all it costs the others. */
const MAYBE = /\d{4}-?\d\d-?\d\d/
const NUMBER = /(?<![0-9a-z])(\d{10}|\d{13}|\d{16})(?![0-9a-z])/gi

/** The time that is written in an id of a kind that holds one, where the whole key is such an id. */
export function madeAtMs(key: string): number | null {
  // A ULID has 26 characters, a UUID 32 to 36: one may leave out any of its hyphens.
  if (key.length < 26 || key.length > 36) return null
  if (UUID_7.test(key)) return Number.parseInt(key.replaceAll('-', '').slice(0, 12), 16)
  if (!ULID.test(key)) return null
  return [...key.slice(0, 10).toLowerCase()].reduce((ms, digit) => ms * 32 + CROCKFORD.indexOf(digit), 0)
}

/** Moments that are written in a key, and numbers that may be moments: seconds, milliseconds or microseconds since 1970. */
export function timesIn(key: string): readonly number[] {
  if (!MAYBE.test(key)) return []
  const moments = [...key.matchAll(MOMENT)].map(([, ...parts]) => {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number)
    return Date.UTC(year, month - 1, day, hour, minute, second)
  })
  const numbers = [...key.matchAll(NUMBER)].map(([digits]) => Number(digits) / 10 ** (digits.length - 13))
  return [...moments, ...numbers]
}
