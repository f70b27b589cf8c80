import { calendarLexer } from './calendar-lexer.ts'
import { ESCAPES } from './escape.ts'
import { jsonOf, type Scope, textOf } from './evaluate.ts'
import type { FunctionName } from './functions.ts'
import { jsonLexer } from './json-lexer.ts'
import type { Lexer, Place } from './lexer.ts'
import { markupLexer } from './markup-lexer.ts'
import type { Expression, Template } from './template.ts'

/** A text that is sent as it stands, with each value escaped as its place demands. */
export type TextBody = readonly (string | PlacedExpression)[]
export type PlacedExpression = { readonly expression: Expression; readonly as: Place }

export type ParsedTextBody =
  | { readonly ok: true; readonly body: TextBody }
  | { readonly ok: false; readonly expression: Expression; readonly expected: string; readonly got: string }

/** By media type. A type that nobody knows here has no escaping of its own: its values are sent as they are. */
export function parseTextBody(mediaType: string, template: Template): ParsedTextBody {
  const { lexer, own, literal } = dialectOf(mediaType)
  const body: (string | PlacedExpression)[] = []
  for (const part of template) {
    if (typeof part === 'string') {
      lexer.read(part)
      body.push(literal(part))
      continue
    }
    const found = lexer.place()
    if (!('place' in found)) return { ok: false, expression: part, ...found }
    body.push({ expression: unwrapped(part, own[found.place]), as: found.place })
  }
  return { ok: true, body }
}

/** `${xml(...)}` where XML is escaped anyway: once is enough. */
function unwrapped(expression: Expression, own: FunctionName | undefined): Expression {
  return expression.kind === 'call' && expression.fn === own ? expression.argument : expression
}

type Dialect = {
  readonly lexer: Lexer
  /** The function that does what the place does. */
  readonly own: Readonly<Partial<Record<Place, FunctionName>>>
  readonly literal: (text: string) => string
}

const asWritten = (text: string) => text
const anywhere = (place: Place): Lexer => ({ read() {}, place: () => ({ place }) })

function dialectOf(mediaType: string): Dialect {
  const type = mediaType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (/[/+]json$/.test(type)) return { lexer: jsonLexer(), own: { json: 'json' }, literal: asWritten }
  if (/[/+]xml$|^text\/html$/.test(type))
    return { lexer: markupLexer(), own: { markup: 'xml', markup_attribute: 'xml' }, literal: asWritten }
  // RFC 5545 and 6350 end lines with CR LF, and a YAML block does not.
  if (/^text\/(?:calendar|vcard)$/.test(type))
    return { lexer: calendarLexer(), own: { calendar: 'ical' }, literal: (text) => text.replaceAll(/\r?\n/g, '\r\n') }
  const place = type === 'application/x-www-form-urlencoded' ? 'form' : 'none'
  return { lexer: anywhere(place), own: {}, literal: asWritten }
}

export function renderTextBody(body: TextBody, scope: Scope): string {
  return body.map((part) => (typeof part === 'string' ? part : renderPlaced(part, scope))).join('')
}

function renderPlaced({ expression, as }: PlacedExpression, scope: Scope): string {
  return as === 'json' ? jsonOf(expression, scope) : ESCAPES[as](textOf(expression, scope))
}
