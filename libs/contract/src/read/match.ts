import { jsonOf, RenderFailure, renderText, type Scope } from '../send/evaluate.ts'
import type { Template } from '../send/template.ts'
import type { Answer } from './answer.ts'
import { type Comparator, sameBy, textOf } from './comparator.ts'
import { parseExactly } from './json-exact.ts'
import { childOf, formatPointer, type Pointer, valueAt } from './json-pointer.ts'
import { isHeard, notice } from './notice.ts'
import type { Pattern } from './pattern.ts'
import { Undecided } from './undecided.ts'
import { XmlNodes } from './xml.ts'

/** One line of a `match` or `where`: what must stand at `at`. */
export type MatchRule = { readonly at: Pointer; readonly test: ValueTest }

export type ValueTest =
  | { readonly kind: 'equals'; readonly expected: Expected; readonly by: Comparator | null }
  | { readonly kind: 'exists'; readonly exists: boolean }
  /** The text must have the form of the pattern; what its group takes is compared, where a value is expected. */
  | {
      readonly kind: 'pattern'
      readonly pattern: Pattern
      readonly expected: Expected | null
      readonly by: Comparator | null
    }
  /** Every field of the expected object must be there and equal; what the provider added does not matter. */
  | {
      readonly kind: 'covers'
      readonly expected: Expected
      /** Fields that are not compared, and how others are; pointers into the expected object, as texts. */
      readonly except: ReadonlySet<string>
      readonly by: ReadonlyMap<string, Comparator>
    }

/** A value of the contract, or a template that is filled from the entry. */
export type Expected =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'template'; readonly template: Template }

/** Where a value first differs from what the rules expect, as a pointer; null when it does nowhere. */
export type Comparison = (value: unknown) => string | null

/** Fills the rules from the entry, once for all the values that they are then held against. */
export function comparison(rules: readonly MatchRule[], scope: Scope): Comparison {
  const tests = rules.map((rule) => ({ rule, differs: bound(rule.test, scope) }))
  return (value) => {
    for (const { rule, differs } of tests) {
      const { at } = rule
      const actual = valueAt(value, at)
      const difference = differs(actual)
      if (isHeard()) notice(rule, difference === null, { expected: wanted(rule.test, scope), got: actual })
      if (difference !== null) return `${formatPointer(at)}${difference}`
    }
    return null
  }
}

export function matches(rules: readonly MatchRule[], value: unknown, scope: Scope): boolean {
  return comparison(rules, scope)(value) === null
}

/** Headers are put together only where a rule asks for one. */
export function headerMatches(rules: readonly MatchRule[], answer: Pick<Answer, 'headers'>, scope: Scope): boolean {
  return rules.length === 0 || matches(rules, answer.headers, scope)
}

/** A filter by what the entry does not have would let through everything that lacks it as well, whosever it is. */
export function requireValues(rules: readonly MatchRule[], scope: Scope): void {
  for (const { test } of rules) {
    const expected = test.kind === 'exists' ? null : test.expected
    if (expected !== null && expectedValue(expected, scope) === undefined)
      throw new Undecided('value_missing', 'a value of the filter is missing in this entry')
  }
}

const wanted = (test: ValueTest, scope: Scope): unknown =>
  test.kind === 'exists' || test.expected === null ? null : expectedValue(test.expected, scope)

/** Null when the test holds, else where below the value it fails. */
function bound(test: ValueTest, scope: Scope): Comparison {
  switch (test.kind) {
    case 'exists':
      return (actual) => ((actual !== undefined) === test.exists ? null : '')
    case 'equals': {
      const expected = expectedValue(test.expected, scope)
      return (actual) => (sameBy(test.by, expected, actual) ? null : '')
    }
    case 'pattern': {
      const expected = test.expected === null ? null : { value: expectedValue(test.expected, scope) }
      return (actual) => (fits(test, expected, textOf(actual)) ? null : '')
    }
    case 'covers': {
      const expected = expectedValue(test.expected, scope)
      return (actual) => uncovered(test, expected, actual, [])
    }
  }
}

/** What cannot be compared at all, and so equals nothing; a missing value would equal a missing one. */
const NOTHING = Symbol('nothing')

function expectedValue(expected: Expected, scope: Scope): unknown {
  if (expected.kind === 'literal') return expected.value
  try {
    return rendered(expected.template, scope)
  } catch (error) {
    if (!(error instanceof RenderFailure)) throw error
    return error.code === 'value_missing' ? undefined : NOTHING
  }
}

function rendered(template: Template, scope: Scope): unknown {
  const [first, second] = template
  if (second !== undefined || first === undefined) return renderText(template, scope)
  if (typeof first === 'string') return first
  const value = parseExactly(jsonOf(first, scope))
  return value === undefined ? NOTHING : value
}

type PatternTest = Extract<ValueTest, { kind: 'pattern' }>

function fits({ pattern, by }: PatternTest, expected: { value: unknown } | null, text: string | null): boolean {
  if (text === null) return false
  const found = pattern.find(text)
  if (found.kind === 'too_long') throw new Undecided('text_too_long', 'a text is too long to be searched')
  if (found.kind === 'none') return false
  return expected === null || (expected.value !== undefined && sameBy(by, expected.value, found.text))
}

type CoverTest = Extract<ValueTest, { kind: 'covers' }>

function uncovered(test: CoverTest, expected: unknown, actual: unknown, at: Pointer): string | null {
  const place = formatPointer(at)
  if (test.except.has(place)) return null
  const by = test.by.get(place) ?? null
  if (by !== null || !isPlainObject(expected)) return sameBy(by, expected, actual) ? null : place
  // The whole object is expected: `{}` is not covered by a text, nor by a list.
  if (!isContainer(actual)) return place
  for (const [name, value] of Object.entries(expected)) {
    const difference = uncovered(test, value, childValue(actual, name), [...at, name])
    if (difference !== null) return difference
  }
  return null
}

function childValue(value: unknown, name: string): unknown {
  const child = childOf(value, name)
  return child === undefined ? undefined : valueAt(child, [])
}

function isContainer(value: unknown): boolean {
  return isPlainObject(value) || value instanceof XmlNodes
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
  return prototype === Object.prototype || prototype === null
}
