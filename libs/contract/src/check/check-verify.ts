import { expressionsIn } from '../send/template.ts'
import type { Check, Finding } from './check.ts'
import { hasTemplate, ruleOf } from './check-looks.ts'
import { at, type Path } from './document.ts'

const LOOKS = ['by_key', 'by_id'] as const
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH'])

export const checkVerify: Check = (document) => {
  const verify = at(document, 'verify')
  if (typeof verify !== 'object' || verify === null) return []
  if (at(verify, 'none') !== undefined) return unverified(document, verify)
  return [
    ...withoutKey(verify),
    ...LOOKS.filter((look) => at(verify, look) !== undefined).flatMap((look) => [
      ...filtered(verify, look),
      ...safe(verify, [look, 'read']),
      ...provable(verify, look),
      ...comparing(document, look),
    ]),
    ...safe(verify, ['canary']),
    ...bareAbsences(verify),
  ]
}

function unverified(document: unknown, verify: object): Finding[] {
  const looks = LOOKS.some((look) => at(verify, look) !== undefined)
  const message = 'expected either none or a way to look, got both'
  const fix = 'by_key without none, or none alone'
  return looks ? [{ code: 'invalid_value', path: ['verify', 'none'], message, fix }] : hopeless(document)
}

function hopeless(document: unknown): Finding[] {
  if (at(document, 'on_unknown') !== 'reconcile') return []
  const message = 'expected human, since nothing can be read back, got reconcile: an unknown outcome goes to a person'
  return [
    { code: 'on_unknown_impossible', severity: 'warning', path: ['on_unknown'], message, fix: 'on_unknown: human' },
  ]
}

function withoutKey(verify: object): Finding[] {
  if (at(verify, 'by_key') !== undefined) return []
  const message =
    'expected by_key, or none with the reason, got neither: when the answer was lost, the key is all there is'
  const fix =
    'by_key: { read: { url: "https://billing.example/v1/invoices?key=${key}" }, ... }, or { none: "why", ends: acknowledged }'
  return [{ code: 'verify_missing', path: ['verify'], message, fix }]
}

function filtered(verify: object, look: string): Finding[] {
  const isList = at(verify, look, 'items') !== undefined
  const hasWhere = at(verify, look, 'where') !== undefined
  if (isList === hasWhere) return []
  const path = ['verify', look, isList ? 'items' : 'where']
  if (!isList) {
    const message = 'expected items beside where, got where alone: there is no list to filter'
    return [{ code: 'invalid_value', path, message, fix: 'items: /data' }]
  }
  const message = 'expected where beside items, got none: providers match loosely or not at all'
  return [{ code: 'items_without_where', path, message, fix: 'where: { /metadata/key: "${key}" }' }]
}

function safe(verify: object, read: Path): Finding[] {
  const method = at(verify, ...read, 'method')
  if (typeof method !== 'string' || SAFE_METHODS.has(method) || at(verify, ...read, 'safe') === true) return []
  const message = `expected a method that is known to be safe, got ${method}: a look is repeated freely`
  const fix = 'method: GET, or safe: true if it changes nothing'
  return [{ code: 'invalid_value', path: ['verify', ...read, 'method'], message, fix }]
}

/** A list proves absence by having none; a single thing needs a rule. */
function provable(verify: object, look: string): Finding[] {
  const isList = at(verify, look, 'items') !== undefined
  const rules = at(verify, look, 'absent') ?? at(verify, 'absent')
  if (isList || rules !== undefined) return []
  const message = 'expected a rule for absent, got none: a lost call will never be made again by itself'
  return [
    {
      code: 'never_absent',
      severity: 'warning',
      path: ['verify', look],
      message,
      fix: 'absent: [{ status: 404, match: { /code: not_found } }]',
    },
  ]
}

function comparing(document: unknown, look: string): Finding[] {
  const { value, path } = ruleOf(at(document, 'verify'), look, 'present')
  if (at(document, 'risk') !== 'high' || compares(value)) return []
  const message =
    'expected a comparison with the payload, since risk is high, got none: finding something is not finding what was sent'
  const fix = 'present: { match: { /amount: "${payload./amount}" } }, or match: all'
  return [{ code: 'compares_nothing', path, message, fix }]
}

function compares(present: unknown): boolean {
  const match = at(present, 'match')
  if (match === 'all' || at(present, 'body', 'sha256_of') === 'call') return true
  const except = at(match, 'except')
  if (at(match, 'all') === true && !(Array.isArray(except) && except.includes(''))) return true
  return [match, at(present, 'header')].some((tests) =>
    hasTemplate(tests, (template) => expressionsIn(template).some(({ kind }) => kind === 'payload')),
  )
}

function bareAbsences(verify: object): Finding[] {
  const lists: Path[] = [['absent'], ...LOOKS.map((look) => [look, 'absent'])]
  return lists.flatMap((list) => {
    const rules = at(verify, ...list)
    return Array.isArray(rules) ? rules.flatMap((rule, index) => absentRule(rule, ['verify', ...list, index])) : []
  })
}

function absentRule(rule: unknown, path: Path): Finding[] {
  const has = (field: string) => at(rule, field) !== undefined
  if (['items', 'match', 'header'].some(has)) return []
  if (has('missing')) return [bareMissing(path)]
  return [has('status') ? bareStatus(path) : emptyRule(path)]
}

function emptyRule(path: Path): Finding {
  const message = 'expected something that proves absence, got an empty rule'
  return { code: 'invalid_value', path, message, fix: '{ items: 0 }' }
}

function bareStatus(path: Path): Finding {
  const message =
    'expected a match beside the status, got a bare status: a wrong folder or port answers like a missing thing'
  const fix = '{ status: 404, match: { /code: not_found } }'
  return { code: 'bare_404_absent', severity: 'warning', path, message, fix }
}

function bareMissing(path: Path): Finding {
  const message = 'expected a match that proves the place beside missing, got none: a wrong document lacks everything'
  const fix = '{ match: { /object: invoice_search }, missing: /invoice }'
  return { code: 'bare_missing_absent', severity: 'warning', path, message, fix }
}
