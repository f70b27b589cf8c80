import { compilePattern } from '../read/pattern.ts'
import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'

/** Wherever a text is taken apart: `{ re: "..." }`. */
export const checkPatterns: Check = (document) =>
  [['call', 'external_id'], ['answers'], ['verify']].flatMap((root) => patternsIn(at(document, ...root), root))

function patternsIn(value: unknown, path: Path): Finding[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const segment = Array.isArray(value) ? Number(name) : name
    const isPattern = name === 're' && typeof inner === 'string'
    return isPattern ? checkPattern(inner, [...path, name]) : patternsIn(inner, [...path, segment])
  })
}

function checkPattern(source: string, path: Path): Finding[] {
  const compiled = compilePattern(source)
  const problem = compiled.ok ? tooManyGroups(compiled.pattern.groups) : compiled
  if (problem === null) return []
  const message = `expected ${problem.expected}, got ${problem.got}`
  return [{ code: 'pattern_invalid', path, message, fix: 're: "id=([0-9]+)"; (?: ) is a group that takes nothing' }]
}

function tooManyGroups(groups: number): { expected: string; got: string } | null {
  return groups > 1 ? { expected: 'a pattern with at most one group', got: String(groups) } : null
}
