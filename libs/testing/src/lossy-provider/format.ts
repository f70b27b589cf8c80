/** What an answer is written in. */
import type { Behaviour } from './behaviour.ts'
import type { Json } from './effects.ts'

export type Format = NonNullable<Behaviour['format']>

const LABELS: Record<Format, string> = {
  json: 'application/json',
  xml: 'application/xml',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain',
  raw: 'application/octet-stream',
}

export const labelOf = ({ label, format = 'json' }: Behaviour): string => label ?? LABELS[format]

export function written(value: Json, format: Format): string {
  switch (format) {
    case 'xml':
      return `<?xml version="1.0" encoding="UTF-8"?>\n${element('answer', value)}`
    case 'form':
      return new URLSearchParams(flat(value)).toString()
    case 'text':
      return flat(value)
        .map(([name, text]) => `${name}: ${text}\n`)
        .join('')
    default:
      return JSON.stringify(value)
  }
}

/** A list is its elements, each named after the list. */
function element(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => element(name, one)).join('')
  const inside = isMap(value)
    ? Object.entries(value)
        .map(([inner, one]) => element(inner, one))
        .join('')
    : escapeXml(plain(value))
  return `<${name}>${inside}</${name}>`
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** `{ a: { b: [1] } }` is `a[b][0]`. */
function flat(value: unknown, name = ''): [string, string][] {
  if (!isMap(value) && !Array.isArray(value)) return [[name, plain(value)]]
  return Object.entries(value).flatMap(([inner, one]) => flat(one, name === '' ? inner : `${name}[${inner}]`))
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Of what is neither a map nor a list. */
function plain(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
