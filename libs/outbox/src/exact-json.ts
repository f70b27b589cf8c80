import { PayloadError } from './outbox-error.ts'

// Postgres gives up on deeper ones, and later than we would like to know.
const DEPTH_MAX = 500

/**
 * The JSON text of a value, if JSON can hold it exactly. `JSON.stringify` alone leaves out, rounds and rewrites.
 *
 * @throws PayloadError with the path of what it cannot hold
 */
export function exactJson(value: unknown): string {
  check(value, '', [])
  return JSON.stringify(value)
}

function check(value: unknown, path: string, within: readonly object[]): void {
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'number') return checkNumber(value, path)
  if (typeof value === 'string') return checkText(value, path)
  if (typeof value !== 'object') throw new PayloadError(path, ...problemOfType(value))
  if (within.includes(value)) throw new PayloadError(path, 'contains itself')
  if (within.length >= DEPTH_MAX) throw new PayloadError(path, `is nested more than ${DEPTH_MAX} deep`)
  if (Array.isArray(value)) return checkArray(value, path, [...within, value])
  checkObject(value, path, [...within, value])
}

function checkNumber(value: number, path: string): void {
  if (!Number.isFinite(value)) throw new PayloadError(path, `is ${value}, which JSON does not have`)
}

function checkText(value: string, path: string): void {
  if (/\p{Surrogate}/u.test(value)) throw new PayloadError(path, 'has half of a surrogate pair')
  if (value.includes('\0')) throw new PayloadError(path, 'has a zero character, which Postgres does not hold')
}

function checkArray(items: readonly unknown[], path: string, within: readonly object[]): void {
  for (let index = 0; index < items.length; index += 1) {
    if (!(index in items)) throw new PayloadError(`${path}/${index}`, 'is a hole in an array')
    check(items[index], `${path}/${index}`, within)
  }
}

function checkObject(value: object, path: string, within: readonly object[]): void {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) throw new PayloadError(path, ...problemOfClass(value))
  if (Object.getOwnPropertySymbols(value).length > 0) throw new PayloadError(path, 'has a symbol for a name')
  for (const [name, item] of Object.entries(value)) {
    const place = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    checkText(name, place)
    check(item, place, within)
  }
}

type Problem = [problem: string, options?: { hint: string }]

function problemOfType(value: unknown): Problem {
  if (value === undefined) return ['is undefined', { hint: 'Leave the field out, or say null.' }]
  if (typeof value === 'bigint')
    return ['is a bigint', { hint: 'Send it as text: readers of JSON round large numbers.' }]
  return [`is a ${typeof value}`]
}

function problemOfClass(value: object): Problem {
  if (value instanceof Date)
    return ['is a Date', { hint: 'Send the text that is meant: toISOString(), or only the day.' }]
  return [
    `is a ${value.constructor?.name || 'class instance'}`,
    { hint: 'Send plain objects, arrays, text and numbers.' },
  ]
}
