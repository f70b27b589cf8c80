import { compilePattern } from '../read/pattern.ts'
import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'
import { stepPaths } from './request-paths.ts'

export const checkPrepare: Check = (document) => {
  const names = stepPaths(document).flatMap((step) => keptNames(document, [...step, 'keep']))
  return [
    ...stepPaths(document).flatMap((step) => nothingKept(document, [...step, 'keep'])),
    ...names.flatMap((path, index) => taken(names.slice(0, index), path)),
    ...names.flatMap((path) => pattern(document, [...path, 're'])),
  ]
}

function keptNames(document: unknown, path: Path): Path[] {
  const keep = at(document, ...path)
  return typeof keep === 'object' && keep !== null ? Object.keys(keep).map((name) => [...path, name]) : []
}

function nothingKept(document: unknown, path: Path): Finding[] {
  if (keptNames(document, path).length > 0 || at(document, ...path) === undefined) return []
  const message = 'expected what the call needs of this answer, got nothing: a request for its own sake is an effect'
  return [{ code: 'missing_field', path, message, fix: 'keep: { link: /data/link }' }]
}

function taken(before: readonly Path[], path: Path): Finding[] {
  const name = String(path.at(-1))
  if (!before.some((other) => other.at(-1) === name)) return []
  const message = `expected a name that no step before has, got ${name}`
  return [{ code: 'invalid_value', path, message, fix: `${name}_2: /data/link` }]
}

function pattern(document: unknown, path: Path): Finding[] {
  const source = at(document, ...path)
  const compiled = typeof source === 'string' ? compilePattern(source) : null
  if (compiled === null || (compiled.ok && compiled.pattern.groups <= 1)) return []
  const { expected, got } = compiled.ok
    ? { expected: 'one group, which is kept', got: `${compiled.pattern.groups}` }
    : compiled
  return [{ code: 'pattern_invalid', path, message: `expected ${expected}, got ${got}`, fix: 're: "/([^/]+)$"' }]
}
