import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'

/** What answers to the call mean, and what is taken from them. */
export const checkAnswers: Check = (document) => {
  const answers = at(document, 'answers')
  const rules: unknown[] = Array.isArray(answers) ? answers : []
  return [
    ...externalId(at(document, 'call', 'external_id')),
    ...rules.flatMap((rule, index) => [
      ...toAll(rule, ['answers', index]),
      ...gateway(rule, ['answers', index]),
      ...retryAfter(rule, ['answers', index, 'retry_after']),
    ]),
  ]
}

function externalId(source: unknown): Finding[] {
  if (typeof source !== 'object' || source === null) return []
  const path = ['call', 'external_id']
  const places = ['at', 'header'].filter((place) => at(source, place) !== undefined)
  if (places.length > 1) {
    const message = 'expected one place, got at and header'
    return [{ code: 'invalid_value', path, message, fix: 'external_id: { header: location, re: "([^/]+)$" }' }]
  }
  if (places.length === 1 || at(source, 're') !== undefined) return []
  const message = 'expected at, header or re, got none'
  return [{ code: 'missing_field', path, message, fix: 'external_id: /id' }]
}

/** A rule without a condition would hide every rule behind it, and the standard table. */
function toAll(rule: unknown, path: Path): Finding[] {
  if (isConditional(rule) || at(rule, 'status') !== undefined) return []
  const message = 'expected a status or a match, got neither'
  return [{ code: 'missing_field', path, message, fix: '{ status: 409, means: exists }' }]
}

const isConditional = (rule: unknown): boolean => at(rule, 'match') !== undefined || at(rule, 'header') !== undefined

const GATEWAY = new Set<unknown>([502, 504, '5xx'])

/** These are written by whatever stands between: the provider behind it may have acted. */
function gateway(rule: unknown, path: Path): Finding[] {
  const status = [at(rule, 'status')].flat().find((each) => GATEWAY.has(each))
  if (at(rule, 'means') !== 'not_executed' || status === undefined || isConditional(rule)) return []
  const message = `expected a match beside ${JSON.stringify(status)}, got a bare status: a proxy answers so after the provider acted, too`
  const fix = '{ status: 503, means: not_executed }, or a match that only the provider itself would answer'
  return [{ code: 'gateway_not_executed', severity: 'warning', path: [...path, 'status'], message, fix }]
}

function retryAfter(rule: unknown, path: Path): Finding[] {
  const source = at(rule, 'retry_after')
  if (typeof source !== 'object' || source === null) return []
  const places = ['at', 'header'].filter((place) => at(source, place) !== undefined)
  if (places.length === 1) return []
  const message = `expected one of at, header, got ${places.length === 0 ? 'none' : 'both'}`
  const fix = 'retry_after: { at: /retry_after_ms, unit: ms }, or { header: x-ratelimit-reset-after }'
  return [{ code: 'invalid_value', path, message, fix }]
}
