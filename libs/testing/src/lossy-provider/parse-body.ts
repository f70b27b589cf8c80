/** What a body says, in whatever it is written. */
import type { Json } from './effects.ts'

/** Undefined for what claims to be JSON and is none. */
export function parseBody(body: Buffer, contentType = 'application/json'): Json | undefined {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/x-www-form-urlencoded') return parseForm(new URLSearchParams(String(body)))
  if (type === 'multipart/form-data') return parseMultipart(body, contentType)
  if (type.startsWith('text/') || type.endsWith('xml')) return parseObject(body) ?? { text: String(body) }
  return parseObject(body)
}

function parseObject(body: Buffer): Json | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Json) : undefined
  } catch {
    return undefined
  }
}

/** `metadata[key]=k` is `{ metadata: { key: 'k' } }`. */
export function parseForm(fields: Iterable<[string, string]>): Json {
  const parsed = empty()
  for (const [name, value] of fields) {
    const [first = '', ...inner] = name.split('[').map((part) => part.replace(/\]$/, ''))
    put(parsed, [first, ...inner], value)
  }
  return parsed
}

/** Without a prototype that a field could be named after. */
const empty = (): Json => Object.create(null) as Json

function put(into: Json, [first = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) return void (into[first] = value)
  const inside = (into[first] ?? empty()) as Json
  into[first] = inside
  put(inside, rest, value)
}

/** Of each part its name and content, and of a file its name as `<name>_filename`. */
function parseMultipart(body: Buffer, contentType: string): Json {
  const boundary = /boundary="?([^";]+)/i.exec(contentType)?.[1] ?? ''
  const parts = body.toString().split(`--${boundary}`).slice(1, -1)
  const fields = parts.flatMap((part): [string, string][] => {
    const [head = '', ...content] = part.split('\r\n\r\n')
    const name = /\bname="([^"]*)"/.exec(head)?.[1] ?? ''
    const filename = /\bfilename="([^"]*)"/.exec(head)?.[1]
    const text = content.join('\r\n\r\n').replace(/\r\n$/, '')
    return filename === undefined
      ? [[name, text]]
      : [
          [name, text],
          [`${name}_filename`, filename],
        ]
  })
  return parseForm(fields)
}
