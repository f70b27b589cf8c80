import type { z } from 'zod'
import { exampleFor } from '../schema/examples.ts'
import { namesKnownAt } from '../schema/json-schema.ts'
import { contractSchema } from '../schema/schema.ts'
import { codeSchema } from '../schema/schema-code.ts'
import { at, fieldName, type Path, type SourceDocument } from './document.ts'
import type { Problem, ProblemCode } from './problem.ts'

type Issue = z.core.$ZodIssue

/** What the schema has against the document, every field of it. */
export function shapeProblems(document: SourceDocument, mayHaveCode = false): Problem[] {
  const result = schemaOf(document.value, mayHaveCode).safeParse(document.value)
  return result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, document))
}

function schemaOf(document: unknown, mayHaveCode: boolean): z.ZodType {
  const code = mayHaveCode ? at(document, 'code') : undefined
  if (code === undefined) return contractSchema
  return codeSchema({ call: at(code, 'call') === true, look: at(code, 'look') === true })
}

function problemsOf(issue: Issue, document: SourceDocument): Problem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(document, [...issue.path, key]))
  if (issue.code === 'invalid_key')
    return [wrongValue(issue.issues[0]?.message ?? issue.message, document, issue.path, 'name')]
  const nested = issue.code === 'invalid_union' ? closestBranch(issue, document) : null
  if (nested !== null) return nested
  if (issue.path.length > 0 && at(document.value, ...issue.path) === undefined)
    return [missing(issue.message, document, issue.path)]
  return [wrongValue(issue.message, document, issue.path, 'value')]
}

/** Inside a union, what is wrong deep in the branch that was clearly meant is the better complaint. */
function closestBranch(issue: Extract<Issue, { code: 'invalid_union' }>, document: SourceDocument): Problem[] | null {
  const value = at(document.value, ...issue.path)
  const meantShape = typeof value === 'object' && value !== null ? closestShape(issue) : null
  if (meantShape !== null)
    return meantShape.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, document))
  const deeper = issue.errors.find((branch) =>
    branch.some(({ path }) => path.length > 0 && at(value, ...path) !== undefined),
  )
  if (deeper === undefined) return null
  const meant = deeper.filter(({ path }) => path.length > 0)
  return meant.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, document))
}

/** Of several maps that may stand here, the one whose fields were used, if there is just one such. */
function closestShape({ errors }: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] | null {
  const shapes = errors
    .filter((branch) => branch.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'))
    .map((branch) => ({ branch, strangers: strangersIn(branch) }))
    .sort((left, right) => left.strangers - right.strangers)
  const [first, second] = shapes
  return first !== undefined && second !== undefined && first.strangers < second.strangers ? first.branch : null
}

function strangersIn(branch: readonly Issue[]): number {
  return branch.reduce((count, issue) => count + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0)
}

const MISSING: Readonly<Record<string, { code: ProblemCode; expected: string }>> = {
  verify: { code: 'verify_missing', expected: 'an answer to "how is this effect read back?"' },
  on_unknown: {
    code: 'on_unknown_missing',
    expected: 'an answer to "what happens when nobody knows whether it happened?"',
  },
  rollback: { code: 'rollback_missing', expected: 'an answer to "how is it undone?"' },
}

function missing(expected: string, document: SourceDocument, path: Path): Problem {
  const field = fieldName(path)
  const known = MISSING[field]
  const message = `expected ${known?.expected ?? expected}, got nothing`
  return problem(document, path, 'value', {
    code: known?.code ?? 'missing_field',
    message,
    fix: exampleFor(field) ?? `${field}: ${expected}`,
  })
}

function wrongValue(expected: string, document: SourceDocument, path: Path, wanted: 'name' | 'value'): Problem {
  const field = fieldName(path)
  const got = wanted === 'name' ? String(path.at(-1)) : shown(at(document.value, ...path), path)
  return problem(document, path, wanted, {
    code: wrongValueCode(path),
    message: `expected ${expected}, got ${got}`,
    fix: exampleFor(field) ?? expected,
  })
}

function wrongValueCode(path: Path): ProblemCode {
  if (path.length === 0) return 'not_a_contract'
  return path[0] === 'limits' && path.length === 2 ? 'limit_without_unit' : 'invalid_value'
}

function unknownField(document: SourceDocument, path: Path): Problem {
  const name = String(path.at(-1))
  const message = `expected only known fields, got ${JSON.stringify(name)}`
  const known = namesKnownAt(path.slice(0, -1))
  const near = nearest(name, known)
  const fix = near === null ? `one of ${known.join(', ')}; or remove it` : `${near}, if that was meant; else remove it`
  return problem(document, path, 'name', { code: 'unknown_field', message, fix })
}

type Finding = { code: ProblemCode; message: string; fix: string }

function problem(document: SourceDocument, path: Path, wanted: 'name' | 'value', finding: Finding): Problem {
  const position = wanted === 'name' ? document.namePosition(path) : document.valuePosition(path)
  return { ...finding, severity: 'error', file: document.file, ...position, field: fieldName(path) }
}

/** Short, on one line. A secret that was written into the file must not travel on in an error. */
function shown(value: unknown, path: Path): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (path[0] === 'auth' || path.includes('signature')) return 'another value'
  const json = JSON.stringify(value)
  return json.length > 60 ? `${json.slice(0, 60)}..."` : json
}

function nearest(name: string, known: readonly string[]): string | null {
  const close = known.filter((candidate) => distance(candidate, name) <= Math.max(1, Math.floor(name.length / 3)))
  return close[0] ?? null
}

/** Levenshtein. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [i, leftChar] of [...left].entries()) {
    const next = [i + 1]
    for (const [j, rightChar] of [...right].entries()) {
      const swap = (row[j] ?? 0) + (leftChar === rightChar ? 0 : 1)
      next.push(Math.min(swap, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
