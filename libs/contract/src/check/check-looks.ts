import { expressionsIn, mentions, parseTemplate, type Template } from '../send/template.ts'
import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'

const LOOKS = ['by_key', 'by_id'] as const
const STATES = ['pending', 'failed', 'removed'] as const

/** The rule that a look goes by: its own, or the one of `verify` that all share. */
export function ruleOf(verify: unknown, look: string, rule: string): { value: unknown; path: Path } {
  const own = at(verify, look, rule)
  if (own !== undefined) return { value: own, path: ['verify', look, rule] }
  return { value: at(verify, rule), path: ['verify', rule] }
}

/** Parts of a look that need one another, or rule one another out. */
export const checkLooks: Check = (document) => {
  const verify = at(document, 'verify')
  const looks = LOOKS.filter((look) => at(verify, look) !== undefined)
  return looks.flatMap((look) => [
    ...namesTheEntry(verify, look),
    ...onward(verify, look),
    ...severalNeedAList(verify, look),
    ...states(verify, look),
    ...wholeAnswer(verify, look),
    ...sameBytes(document, verify, look),
    ...noBody(verify, look),
  ])
}

/** Providers filter loosely or not at all; what is not named here would be somebody else's. */
function namesTheEntry(verify: unknown, look: string): Finding[] {
  const where = at(verify, look, 'where')
  const read = at(verify, look, 'read')
  const asks = look !== 'by_key' || read === undefined || hasTemplate([read, where], (each) => mentions(each, 'key'))
  // Neither a filter that is no map, nor an empty one, which the schema refuses.
  const filters = typeof where === 'object' && where !== null && Object.keys(where).length > 0
  if (!filters || !asks || at(where, 'all') === true || hasTemplate(where, namesEntry)) return []
  const message = 'expected something of this entry in where, got only what all entries share'
  return [
    {
      code: 'where_names_nothing',
      path: ['verify', look, 'where'],
      message,
      fix: 'where: { /metadata/key: "${key}" }',
    },
  ]
}

const OF_AN_ENTRY = new Set(['key', 'entry_id', 'external_id'])

function namesEntry(template: Template): boolean {
  return expressionsIn(template).some(
    (each) => each.kind === 'payload' || (each.kind === 'name' && OF_AN_ENTRY.has(each.name)),
  )
}

/** Whether any text inside, of a list or a map, is a template of which this is true. */
export function hasTemplate(value: unknown, isSo: (template: Template) => boolean): boolean {
  if (typeof value === 'string') {
    const parsed = parseTemplate(value)
    return parsed.ok && isSo(parsed.template)
  }
  return typeof value === 'object' && value !== null && Object.values(value).some((inner) => hasTemplate(inner, isSo))
}

function onward(verify: unknown, look: string): Finding[] {
  const next = at(verify, look, 'next')
  if (typeof next !== 'object' || next === null) return []
  const ways = ['query', 'url', 'link'].filter((way) => at(next, way) !== undefined)
  const path = ['verify', look, 'next']
  const fix = 'next: { query: { starting_after: /data/-1/id }, while: /has_more }, { url: /next } or { link: next }'
  if (at(verify, look, 'items') === undefined) {
    // Where `where` stands alone, too, that is said already.
    if (at(verify, look, 'where') !== undefined) return []
    return [{ code: 'invalid_value', path, message: 'expected items beside next, got next alone', fix: 'items: /data' }]
  }
  if (ways.length === 1) return []
  const message = `expected one of query, url, link, got ${ways.join(' and ') || 'none'}`
  return [{ code: ways.length === 0 ? 'missing_field' : 'invalid_value', path, message, fix }]
}

function severalNeedAList(verify: unknown, look: string): Finding[] {
  const { value, path } = ruleOf(verify, look, 'present')
  const expect = at(value, 'expect')
  if (typeof expect !== 'number' || expect < 2) return []
  const place = [...path, 'expect']
  if (at(verify, look, 'items') === undefined) {
    const message = `expected items in ${look}, since ${expect} effects are expected, got a look that sees one`
    const fix = look === 'by_id' ? 'by_key alone, or present: { ... } in by_key' : 'items: /data, and where'
    return [{ code: 'invalid_value', path: place, message, fix }]
  }
  if (at(verify, 'keep') === undefined) return []
  const message = 'expected one effect, since keep takes values of one, got several'
  return [{ code: 'invalid_value', path: ['verify', 'keep'], message, fix: 'no keep' }]
}

function states(verify: unknown, look: string): Finding[] {
  return STATES.flatMap((name) => {
    const { value, path } = ruleOf(verify, look, name)
    const says = ['status', 'match', 'header'].some((part) => at(value, part) !== undefined)
    if (value === undefined || says) return []
    const message = 'expected match, header or status, got none: everything would be so'
    return [{ code: 'missing_field' as const, path, message, fix: `${name}: { match: { /status: ${name} } }` }]
  })
}

/** Headers, bytes and the status of a state belong to an answer, not to one of the things in its list. */
function wholeAnswer(verify: unknown, look: string): Finding[] {
  if (at(verify, look, 'items') === undefined) return []
  const parts = [
    ...['header', 'body'].map((part) => ['present', part] as const),
    ...STATES.flatMap((state) => ['header', 'status'].map((part) => [state, part] as const)),
  ]
  return parts.flatMap(([rule, part]) => {
    const { value, path } = ruleOf(verify, look, rule)
    if (at(value, part) === undefined) return []
    const message = `expected match, since ${look} reads a list, got ${part}, which belongs to the answer as a whole`
    return [
      { code: 'invalid_value' as const, path: [...path, part], message, fix: `match, or ${rule} in the other look` },
    ]
  })
}

function sameBytes(document: unknown, verify: unknown, look: string): Finding[] {
  const { value, path } = ruleOf(verify, look, 'present')
  if (at(value, 'body') === undefined) return []
  const sent = at(document, 'call', 'body')
  if (at(sent, 'json') !== undefined || at(sent, 'text') !== undefined) return []
  const message = 'expected a call whose body is what is stored (json or text), got another'
  return [{ code: 'invalid_value', path: [...path, 'body'], message, fix: 'match' }]
}

function noBody(verify: unknown, look: string): Finding[] {
  if (at(verify, look, 'read', 'method') !== 'HEAD') return []
  const rules = ['present', ...STATES].map((rule) => ruleOf(verify, look, rule))
  const reads = rules.filter(({ value }) => at(value, 'match') !== undefined).map(({ path }) => [...path, 'match'])
  if (at(verify, look, 'items') !== undefined) reads.push(['verify', look, 'items'])
  const present = ruleOf(verify, look, 'present')
  if (at(present.value, 'body') !== undefined) reads.push([...present.path, 'body'])
  const message = 'expected header, since the answer to HEAD has no body, got a place in one'
  return reads.map((path) => ({ code: 'invalid_value', path, message, fix: 'header: { etag: ... }, or method: GET' }))
}
