import type { BodySource } from '../schema/schema-request.ts'
import { type FormNode, formNode } from './form-body.ts'
import type { MultipartTemplate } from './multipart-body.ts'
import { type Expression, type Template, templateOf } from './template.ts'
import { parseTextBody, type TextBody } from './text-body.ts'

/** What is sent besides the headers, with its values still open. */
export type BodyTemplate = ContentTemplate | { readonly kind: 'form'; readonly root: FormNode } | MultipartTemplate

/** What may also be a part of a multipart body. Parts of `json` are JSON text already. */
export type ContentTemplate =
  | { readonly kind: 'json'; readonly type: string; readonly parts: readonly (string | JsonPart)[] }
  | { readonly kind: 'text'; readonly type: string; readonly body: TextBody }
  /** The text is base64, and its bytes are sent. */
  | { readonly kind: 'base64'; readonly type: string; readonly template: Template }

/** One expression keeps its type; text around it makes it a string. */
export type JsonPart =
  | { readonly kind: 'value'; readonly expression: Expression }
  | { readonly kind: 'string'; readonly template: Template }

export const MEDIA_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
  base64: 'application/octet-stream',
  multipart: 'multipart/form-data',
} as const
export type BodyKind = keyof typeof MEDIA_TYPES
export const BODY_KINDS = Object.keys(MEDIA_TYPES) as readonly BodyKind[]

/** For a source that the checks have let through. */
export function bodyTemplate(source: BodySource): BodyTemplate | null {
  if (source.form !== undefined) return { kind: 'form', root: formNode(source.form) }
  if (source.multipart === undefined) return contentTemplate(source)
  const parts = source.multipart.map(({ name, filename, ...content }) => ({
    name: name === undefined ? null : templateOf(name),
    filename: filename === undefined ? null : templateOf(filename),
    typed: content.type !== undefined || filename !== undefined || content.text === undefined,
    content: contentTemplate(content) ?? EMPTY,
  }))
  return { kind: 'multipart', type: source.type ?? MEDIA_TYPES.multipart, parts }
}

type ContentSource = Pick<BodySource, 'json' | 'text' | 'base64' | 'type'>

const EMPTY: ContentTemplate = { kind: 'text', type: MEDIA_TYPES.text, body: [] }

function contentTemplate({ json, text, base64, type }: ContentSource): ContentTemplate | null {
  if (json !== undefined) return { kind: 'json', type: type ?? MEDIA_TYPES.json, parts: jsonParts(json) }
  if (base64 !== undefined) return { kind: 'base64', type: type ?? MEDIA_TYPES.base64, template: templateOf(base64) }
  return text === undefined ? null : textContent(text, type ?? MEDIA_TYPES.text)
}

function textContent(text: string, type: string): ContentTemplate {
  const parsed = parseTextBody(type, templateOf(text))
  if (!parsed.ok) throw new Error(`unchecked text body: expected ${parsed.expected}, got ${parsed.got}`)
  return { kind: 'text', type, body: parsed.body }
}

/**
 * The parts of a JSON body. Members are sorted: a document that went through jsonb has lost its order, and every attempt
 * must send the same bytes, whichever process loaded the contract.
 */
function jsonParts(value: unknown): readonly (string | JsonPart)[] {
  if (typeof value === 'string') return [stringPart(templateOf(value))]
  if (Array.isArray(value)) return enclosed('[', value.map(jsonParts), ']')
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)]
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return enclosed(
    '{',
    members.map(([name, member]) => [`${JSON.stringify(name)}:`, ...jsonParts(member)]),
    '}',
  )
}

function stringPart(template: Template): string | JsonPart {
  const [first, second] = template
  if (first === undefined) return '""'
  if (second !== undefined) return { kind: 'string', template }
  return typeof first === 'string' ? JSON.stringify(first) : { kind: 'value', expression: first }
}

function enclosed(open: string, elements: readonly (readonly (string | JsonPart)[])[], close: string) {
  const parts = elements.flatMap((element, index) => (index === 0 ? element : [',', ...element]))
  return [open, ...parts, close]
}
