import type { ContentTemplate, JsonPart } from './body-template.ts'
import { jsonOf, renderText, type Scope } from './evaluate.ts'
import { misfit } from './render-failure.ts'
import { renderTextBody } from './text-body.ts'

export function renderContent(content: ContentTemplate, scope: Scope): string | Uint8Array {
  switch (content.kind) {
    case 'json':
      return content.parts.map((part) => (typeof part === 'string' ? part : renderJsonPart(part, scope))).join('')
    case 'text':
      return renderTextBody(content.body, scope)
    case 'base64':
      return decoded(renderText(content.template, scope))
  }
}

function renderJsonPart(part: JsonPart, scope: Scope): string {
  return part.kind === 'value' ? jsonOf(part.expression, scope) : JSON.stringify(renderText(part.template, scope))
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/

/** Both alphabets, with and without padding. Node would skip what does not belong, and send other bytes than were meant. */
function decoded(text: string): Uint8Array {
  const whole = BASE64.test(text) && text.replace(/={1,2}$/, '').length % 4 !== 1
  if (!whole) throw misfit('what should be base64 is not')
  return Buffer.from(text, 'base64')
}
