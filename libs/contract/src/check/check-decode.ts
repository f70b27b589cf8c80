import type { Check, Finding } from './check.ts'
import { ruleOf } from './check-looks.ts'
import { at, type Path } from './document.ts'

const LOOKS = ['by_key', 'by_id'] as const
const RULES = ['present', 'pending', 'failed', 'removed'] as const

/** A text has no places inside, and only JSON and XML have lists. */
export const checkDecode: Check = (document) => {
  const verify = at(document, 'verify')
  const ofCall = at(document, 'call', 'decode')
  const looks = LOOKS.filter((look) => at(verify, look) !== undefined)
  return [
    ...externalId(document, ofCall),
    ...listOf(at(document, 'answers')).flatMap((rule, index) => textOnly(rule, ['answers', index], ofCall)),
    ...looks.flatMap((look) => inLook(verify, look, at(verify, look, 'decode') ?? ofCall)),
    ...textOnly(at(verify, 'canary'), ['verify', 'canary'], ofCall),
  ]
}

function inLook(verify: unknown, look: string, decode: unknown): Finding[] {
  const absent = ruleOf(verify, look, 'absent')
  return [
    ...lists(at(verify, look, 'items'), ['verify', look, 'items'], decode),
    ...RULES.flatMap((name) => {
      const { value, path } = ruleOf(verify, look, name)
      return textOnly(value, path, decode)
    }),
    ...listOf(absent.value).flatMap((rule, index) => textOnly(rule, [...absent.path, index], decode)),
  ]
}

function lists(items: unknown, path: Path, decode: unknown): Finding[] {
  if (items === undefined) return []
  if (decode === 'text' || decode === 'form') {
    const message = `expected no items, since decode is ${decode}, got a list`
    return [{ code: 'invalid_value', path, message, fix: 'decode: json or xml, or a look at one thing' }]
  }
  const place = at(items, 'at') ?? items
  if (decode !== 'xml' || place !== '') return []
  const message = 'expected the elements by name, since decode is xml, got the whole document'
  return [{ code: 'invalid_value', path, message, fix: 'items: /ListBucketResult/Contents' }]
}

/** `decode` is what counts unless the rule has its own. */
function textOnly(rule: unknown, path: Path, decode: unknown): Finding[] {
  if ((at(rule, 'decode') ?? decode) !== 'text') return []
  const match = at(rule, 'match')
  const places = typeof match === 'string' ? [[]] : Object.keys(match ?? {}).map((place) => [place])
  const wrong = places.filter(([place]) => place !== '').map((place) => [...path, 'match', ...place])
  if (at(rule, 'missing') !== undefined) wrong.push([...path, 'missing'])
  const message = 'expected "", the whole text, since decode is text, got a place inside'
  return wrong.map((place) => ({
    code: 'invalid_value',
    path: place,
    message,
    fix: 'match: { "": { re: "id=([0-9]+)" } }',
  }))
}

function externalId(document: unknown, decode: unknown): Finding[] {
  const source = at(document, 'call', 'external_id')
  const pointer = typeof source === 'string' ? source : at(source, 'at')
  if (decode !== 'text' || pointer === undefined) return []
  const message = 'expected a pattern, since decode is text, got a JSON Pointer'
  return [{ code: 'invalid_value', path: ['call', 'external_id'], message, fix: 'external_id: { re: "id=([0-9]+)" }' }]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
