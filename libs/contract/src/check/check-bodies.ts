import { BODY_KINDS, MEDIA_TYPES } from '../send/body-template.ts'
import { describe } from '../send/evaluate.ts'
import { parseTemplate } from '../send/template.ts'
import { parseTextBody } from '../send/text-body.ts'
import type { Check, Finding } from './check.ts'
import { severalOf } from './check-requests.ts'
import { at, type Path } from './document.ts'
import { requestPaths } from './request-paths.ts'

const CONTENT_KINDS = ['json', 'text', 'base64'] as const

/** Each body has one kind and one type, and every value in it a place where it can be escaped. */
export const checkBodies: Check = (document) =>
  requestPaths(document).flatMap((request) => {
    const path = [...request, 'body']
    if (typeof at(document, ...path) !== 'object') return []
    return [
      ...severalOf(document, path, BODY_KINDS),
      ...typeTwice(document, request),
      ...typeFits(document, path),
      ...placed(document, path),
      ...parts(document, path),
    ]
  })

/** The type decides how values are escaped, so there must be one place that says it. */
function typeTwice(document: unknown, request: Path): Finding[] {
  const headers = at(document, ...request, 'headers')
  if (typeof headers !== 'object' || headers === null) return []
  const names = Object.keys(headers).filter((name) => name.toLowerCase() === 'content-type')
  return names.map((name) => ({
    code: 'invalid_value' as const,
    path: [...request, 'headers', name],
    message: 'expected the type beside the body, since values are escaped by it, got a header',
    fix: 'body: { text: "...", type: text/calendar }',
  }))
}

function typeFits(document: unknown, path: Path): Finding[] {
  const type = at(document, ...path, 'type')
  if (typeof type !== 'string') return []
  const inParts = at(document, ...path, 'multipart') !== undefined
  const found = { code: 'invalid_value' as const, path: [...path, 'type'] }
  if (at(document, ...path, 'form') !== undefined) {
    const message = `expected no type beside form, which is always ${MEDIA_TYPES.form}, got ${JSON.stringify(type)}`
    return [{ ...found, message, fix: 'nothing here; remove it' }]
  }
  if (/charset=(?!"?utf-8"?(?:;|$))/i.test(type)) {
    const message = `expected charset=utf-8, as which every text is sent, got ${JSON.stringify(type)}`
    return [{ ...found, message, fix: 'type: text/plain; charset=utf-8' }]
  }
  if (inParts === /^multipart\/[^;]+$/i.test(type)) return []
  const expected = inParts ? 'a multipart type without parameters' : 'the type of what is sent in one piece'
  const fix = inParts ? 'type: multipart/related' : 'multipart: [{ name: file, text: "..." }]'
  return [{ ...found, message: `expected ${expected}, got ${JSON.stringify(type)}`, fix }]
}

function placed(document: unknown, path: Path): Finding[] {
  const text = at(document, ...path, 'text')
  const type = at(document, ...path, 'type') ?? MEDIA_TYPES.text
  const template = typeof text === 'string' ? parseTemplate(text) : null
  if (typeof type !== 'string' || template === null || !template.ok) return []
  const parsed = parseTextBody(type, template.template)
  if (parsed.ok) return []
  const message = `expected ${parsed.expected}, got \${${describe(parsed.expression)}} as ${parsed.got}`
  const fix = 'the value at another place, where it can be escaped'
  return [{ code: 'template_invalid', path: [...path, 'text'], message, fix }]
}

function parts(document: unknown, path: Path): Finding[] {
  const list = at(document, ...path, 'multipart')
  if (!Array.isArray(list)) return []
  const type = at(document, ...path, 'type') ?? MEDIA_TYPES.multipart
  return list.flatMap((part: unknown, index) => {
    const place = [...path, 'multipart', index]
    return [
      ...oneContent(part, place),
      ...severalOf(document, place, CONTENT_KINDS),
      ...(type === MEDIA_TYPES.multipart ? nameless(part, place) : []),
      ...placed(document, place),
    ]
  })
}

function oneContent(part: unknown, path: Path): Finding[] {
  if (CONTENT_KINDS.some((kind) => at(part, kind) !== undefined)) return []
  const message = `expected one of ${CONTENT_KINDS.join(', ')}, got none`
  return [{ code: 'missing_field', path, message, fix: '{ name: title, text: "${payload./title}" }' }]
}

function nameless(part: unknown, path: Path): Finding[] {
  if (at(part, 'name') !== undefined) return []
  const message = 'expected a name, which every field of a form has, got none'
  return [{ code: 'missing_field', path, message, fix: '{ name: file, ... }, or body.type: multipart/related' }]
}
