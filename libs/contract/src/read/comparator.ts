import { createHash } from 'node:crypto'
import { canonicalDecimal } from './decimal.ts'
import { numberText, parseExactly, sameJson } from './json-exact.ts'

/**
 * How what came back is brought together with what is expected. With `base64`, `sha256` and `md5` the provider shows the value in that
 * form; with `json`, a text holds it.
 */
export const COMPARATORS = ['number', 'lower', 'trim', 'base64', 'json', 'sha256', 'md5'] as const
export type Comparator = (typeof COMPARATORS)[number]

/** What the payload does not have is undefined, and equals only what is missing or null over there. */
export function sameBy(by: Comparator | null, expected: unknown, actual: unknown): boolean {
  if (expected === undefined) return actual === undefined || actual === null
  if (by === null) return sameJson(expected, actual)
  return by === 'json' ? sameInside(expected, actual) : sameText(by, textOf(expected), textOf(actual))
}

/** Null for what is neither a text nor a number. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : numberText(value)
}

function sameText(by: Exclude<Comparator, 'json'>, expected: string | null, actual: string | null): boolean {
  if (expected === null || actual === null) return false
  switch (by) {
    case 'number':
      return sameDecimal(expected, actual)
    case 'lower':
      return expected.toLowerCase() === actual.toLowerCase()
    case 'trim':
      return expected.trim() === actual.trim()
    case 'base64':
      return withoutPadding(Buffer.from(expected, 'utf8').toString('base64')) === withoutPadding(actual)
    case 'sha256':
    case 'md5':
      return isDigest(createHash(by).update(expected, 'utf8').digest(), actual)
  }
}

function sameDecimal(expected: string, actual: string): boolean {
  const left = canonicalDecimal(expected.trim())
  return left !== null && left === canonicalDecimal(actual.trim())
}

/** One alphabet, no padding, no line breaks: encoders differ in these alone. */
function withoutPadding(text: string): string {
  const plain = text.replaceAll(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/')
  const end = plain.indexOf('=')
  return end < 0 ? plain : plain.slice(0, end)
}

/** In hexadecimal of either case, or in base64. */
function isDigest(digest: Buffer, text: string): boolean {
  const shown = text.trim()
  return (
    shown.toLowerCase() === digest.toString('hex') ||
    withoutPadding(shown) === withoutPadding(digest.toString('base64'))
  )
}

/** A text that holds JSON stands for what it holds, on either side. */
function sameInside(expected: unknown, actual: unknown): boolean {
  const inside = typeof actual === 'string' ? parseExactly(actual) : actual
  if (inside === undefined) return false
  return sameJson(expected, inside) || (typeof expected === 'string' && sameJson(parseExactly(expected), inside))
}
