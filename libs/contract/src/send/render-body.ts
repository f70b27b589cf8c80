import { type BodyTemplate, MEDIA_TYPES } from './body-template.ts'
import type { Scope } from './evaluate.ts'
import { renderForm } from './form-body.ts'
import { renderMultipart } from './multipart-body.ts'
import { renderContent } from './render-content.ts'

/** What is sent, and as what. */
export type RenderedBody = { readonly content: string | Uint8Array; readonly type: string }

export function renderBody(body: BodyTemplate, scope: Scope): RenderedBody {
  if (body.kind === 'multipart') return renderMultipart(body, scope)
  if (body.kind === 'form') return { content: renderForm(body.root, scope), type: MEDIA_TYPES.form }
  return { content: renderContent(body, scope), type: body.type }
}
