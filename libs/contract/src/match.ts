import { canonicalDecimal } from './decimal.ts'
import { jsonOf, RenderFailure, renderText, type Scope } from './evaluate.ts'
import { numberText, parseExactly, sameJson } from './json-exact.ts'
import { formatPointer, type Pointer, parsePointer, valueAt } from './json-pointer.ts'
import { isHeard, notice } from './notice.ts'
import { type Template, templateOf } from './template.ts'

/** How two values are brought together before they are compared. */
export const COMPARATORS = ['number', 'lower', 'trim'] as const
export type Comparator = (typeof COMPARATORS)[number]

/** One line of a `match` or `where`: what must stand at `at`. */
export type MatchRule = { readonly at: Pointer; readonly test: ValueTest }

export type ValueTest =
  | { readonly kind: 'equals'; readonly expected: Expected; readonly by: Comparator | null }
  | { readonly kind: 'exists'; readonly exists: boolean }
  /** Every field of the expected object must be there and equal; what the provider added does not matter. */
  | { readonly kind: 'covers'; readonly expected: Expected }

/** A value of the contract, or a template that is filled from the entry. */
export type Expected =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'template'; readonly template: Template }

/** Pointer of the first rule that does not hold, or null when all do. */
export function firstDifference(rules: readonly MatchRule[], value: unknown, scope: Scope): string | null {
  for (const rule of rules) {
    const { at, test } = rule
    const actual = valueAt(value, at)
    const difference = differs(test, actual, scope)
    if (isHeard()) notice(rule, difference === null, { expected: wanted(test, scope), got: actual })
    if (difference !== null) return `${formatPointer(at)}${difference}`
  }
  return null
}

export function matches(rules: readonly MatchRule[], value: unknown, scope: Scope): boolean {
  return firstDifference(rules, value, scope) === null
}

const wanted = (test: ValueTest, scope: Scope): unknown =>
  test.kind === 'exists' ? test : expectedValue(test.expected, scope)

/** Null when the test holds, else where below the value it fails. */
function differs(test: ValueTest, actual: unknown, scope: Scope): string | null {
  switch (test.kind) {
    case 'exists':
      return (actual !== undefined) === test.exists ? null : ''
    case 'equals':
      return sameBy(test.by, expectedValue(test.expected, scope), actual) ? null : ''
    case 'covers':
      return uncovered(expectedValue(test.expected, scope), actual)
  }
}

/** What the payload does not have is undefined, and equals only what is missing or null over there. */
function expectedValue(expected: Expected, scope: Scope): unknown {
  if (expected.kind === 'literal') return expected.value
  const [first, second] = expected.template
  try {
    if (second !== undefined || first === undefined) return renderText(expected.template, scope)
    return typeof first === 'string' ? first : parseExactly(jsonOf(first, scope))
  } catch (error) {
    if (error instanceof RenderFailure) return undefined
    throw error
  }
}

function sameBy(by: Comparator | null, expected: unknown, actual: unknown): boolean {
  if (expected === undefined) return actual === undefined || actual === null
  if (by === null) return sameJson(expected, actual)
  const left = normalised(by, expected)
  return left !== null && left === normalised(by, actual)
}

/** Null when the value cannot be compared this way. */
function normalised(by: Comparator, value: unknown): string | null {
  const text = typeof value === 'string' ? value : numberText(value)
  if (text === null) return null
  if (by === 'number') return canonicalDecimal(text.trim())
  return by === 'lower' ? text.toLowerCase() : text.trim()
}

function uncovered(expected: unknown, actual: unknown): string | null {
  if (!isPlainObject(expected)) return sameJson(expected, actual) ? null : ''
  if (!isPlainObject(actual)) return ''
  for (const [name, value] of Object.entries(expected)) {
    const difference = uncovered(value, Object.hasOwn(actual, name) ? actual[name] : undefined)
    if (difference !== null) return `${formatPointer([name])}${difference}`
  }
  return null
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
  return prototype === Object.prototype || prototype === null
}

/** `match: { /a: x, /b: { equals: y, by: number } }` or `match: all`, as checked by the schema. */
export function matchRules(match: unknown): readonly MatchRule[] {
  if (match === undefined) return []
  if (match === 'all')
    return [{ at: [], test: { kind: 'covers', expected: { kind: 'template', template: templateOf('${payload}') } } }]
  return Object.entries(match as Record<string, unknown>).map(([at, test]) => ({
    at: parsePointer(at),
    test: valueTest(test),
  }))
}

function valueTest(test: unknown): ValueTest {
  if (!isPlainObject(test)) return { kind: 'equals', expected: expectedOf(test), by: null }
  if (typeof test['exists'] === 'boolean') return { kind: 'exists', exists: test['exists'] }
  const by = COMPARATORS.find((comparator) => comparator === test['by']) ?? null
  return { kind: 'equals', expected: expectedOf(test['equals']), by }
}

function expectedOf(value: unknown): Expected {
  return typeof value === 'string' ? { kind: 'template', template: templateOf(value) } : { kind: 'literal', value }
}
