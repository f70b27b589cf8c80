import { COMPARATORS, type Comparator } from '../read/comparator.ts'
import { parsePointer } from '../read/json-pointer.ts'
import { type Expected, isPlainObject, type MatchRule, type ValueTest } from '../read/match.ts'
import { patternFor } from '../read/pattern.ts'
import { templateOf } from '../send/template.ts'

/** `match: { /a: x, /b: { equals: y, by: number } }`, `match: all` or `match: { all: true, except: [/c] }`, as checked by the schema. */
export function matchRules(match: unknown): readonly MatchRule[] {
  if (match === undefined) return []
  if (match === 'all') return [coverRule({})]
  const fields = match as Record<string, unknown>
  return fields['all'] === true ? [coverRule(fields), ...fieldRules(fields['also'])] : fieldRules(fields)
}

/** `header: { etag: x }`; names in any case, as HTTP has it. */
export function headerRules(header: Readonly<Record<string, unknown>> | undefined): readonly MatchRule[] {
  return Object.entries(header ?? {}).map(([name, test]) => ({ at: [name.toLowerCase()], test: valueTest(test) }))
}

function fieldRules(fields: unknown): MatchRule[] {
  const entries = Object.entries((fields ?? {}) as Record<string, unknown>)
  return entries.map(([at, test]) => ({ at: parsePointer(at), test: valueTest(test) }))
}

function coverRule(source: Readonly<Record<string, unknown>>): MatchRule {
  const {
    at = '',
    except = [],
    by = {},
  } = source as { at?: string; except?: string[]; by?: Record<string, Comparator> }
  const expected: Expected = { kind: 'template', template: templateOf('${payload}') }
  const test = { kind: 'covers', expected, except: new Set(except), by: new Map(Object.entries(by)) } as const
  return { at: parsePointer(at), test }
}

function valueTest(test: unknown): ValueTest {
  if (!isPlainObject(test)) return { kind: 'equals', expected: expectedOf(test), by: null }
  if (typeof test['exists'] === 'boolean') return { kind: 'exists', exists: test['exists'] }
  const by = COMPARATORS.find((comparator) => comparator === test['by']) ?? null
  if (typeof test['re'] !== 'string') return { kind: 'equals', expected: expectedOf(test['equals']), by }
  const expected = test['equals'] === undefined ? null : expectedOf(test['equals'])
  return { kind: 'pattern', pattern: patternFor(test['re']), expected, by }
}

function expectedOf(value: unknown): Expected {
  return typeof value === 'string' ? { kind: 'template', template: templateOf(value) } : { kind: 'literal', value }
}
