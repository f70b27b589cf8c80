import { createHash } from 'node:crypto'
import { escapeCalendarText, escapeMarkup } from './escape.ts'
import { uuid5 } from './uuid5.ts'

/**
 * The functions of a template: one text in, one text out, the same on every attempt, in linear time. `json` is not here: it is
 * the only one that sees whether its argument was a text or a number.
 */
const TEXT_FUNCTIONS = {
  sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
  base64: (text) => Buffer.from(text, 'utf8').toString('base64'),
  base64url: (text) => Buffer.from(text, 'utf8').toString('base64url'),
  uuid5: (text) => uuid5(text),
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  trim: (text) => text.trim(),
  ical: escapeCalendarText,
  xml: escapeMarkup,
  /** Inside of single quotes in SQL, OData and XPath. */
  sql: (text) => text.replaceAll("'", "''"),
  /** Inside of quotes where a backslash escapes, as in most filter and search languages. */
  backslash: (text) => text.replaceAll(/["'\\]/g, '\\$&'),
} as const satisfies Record<string, (text: string) => string>

export type TextFunction = keyof typeof TEXT_FUNCTIONS
export type FunctionName = 'json' | TextFunction

export const FUNCTIONS: readonly FunctionName[] = ['json', ...(Object.keys(TEXT_FUNCTIONS) as TextFunction[])]

export function applyFunction(name: TextFunction, text: string): string {
  return TEXT_FUNCTIONS[name](text)
}

/** What they give has no quote and no backslash in it, so it ends no literal. */
export const QUOTE_SAFE: ReadonlySet<FunctionName> = new Set([
  'sha256',
  'base64',
  'base64url',
  'uuid5',
  'sql',
  'backslash',
])
