import { createHash } from 'node:crypto'
import { type ContentTemplate, MEDIA_TYPES } from './body-template.ts'
import { HALF_PAIR } from './escape.ts'
import { renderText, type Scope } from './evaluate.ts'
import { renderContent } from './render-content.ts'
import { misfit } from './render-failure.ts'
import type { Template } from './template.ts'

export type MultipartTemplate = {
  readonly kind: 'multipart'
  /** `multipart/form-data` or another one of the family. */
  readonly type: string
  readonly parts: readonly PartTemplate[]
}

export type PartTemplate = {
  readonly name: Template | null
  readonly filename: Template | null
  /** Whether the part names its type; a plain field of a form does not. */
  readonly typed: boolean
  readonly content: ContentTemplate
}

/**
 * Every attempt must send the same bytes, so the boundary is drawn from the parts. Nobody can put it into a part: that
 * would be a text that holds its own hash.
 */
export function renderMultipart(
  { type, parts }: MultipartTemplate,
  scope: Scope,
): { content: Uint8Array; type: string } {
  const disposition = type === MEDIA_TYPES.multipart ? 'form-data' : 'attachment'
  const rendered = parts.map((part) => renderPart(part, disposition, scope))
  const hash = createHash('sha256')
  for (const { head, content } of rendered) hash.update(`${head.length}:${head}${content.length}:`).update(content)
  const boundary = `readback-${hash.digest('hex').slice(0, 40)}`
  const pieces = rendered.flatMap(({ head, content }) => [`--${boundary}\r\n${head}\r\n`, content, '\r\n'])
  const bytes = [...pieces, `--${boundary}--\r\n`].map((piece) =>
    typeof piece === 'string' ? Buffer.from(piece) : piece,
  )
  return { content: Buffer.concat(bytes), type: `${type}; boundary=${boundary}` }
}

function renderPart(part: PartTemplate, disposition: string, scope: Scope): { head: string; content: Uint8Array } {
  const content = renderContent(part.content, scope)
  const parameters = [parameter('name', part.name, scope), parameter('filename', part.filename, scope)].join('')
  const lines = [
    ...(parameters === '' ? [] : [`Content-Disposition: ${disposition}${parameters}\r\n`]),
    ...(part.typed ? [`Content-Type: ${part.content.type}\r\n`] : []),
  ]
  return { head: lines.join(''), content: typeof content === 'string' ? Buffer.from(content) : content }
}

const IN_QUOTES: Readonly<Record<string, string>> = { '"': '%22', '\r': '%0D', '\n': '%0A' }

/** As browsers write it (HTML, multipart/form-data encoding). */
function parameter(name: string, template: Template | null, scope: Scope): string {
  if (template === null) return ''
  const text = renderText(template, scope)
  const written = text.replaceAll(/["\r\n]/g, (char) => IN_QUOTES[char] ?? char)
  if (HALF_PAIR.test(text) || /\p{Cc}/u.test(written))
    throw misfit(`half a character or a control character in the ${name} of a part`)
  return `; ${name}="${written}"`
}
