import { misfit } from './render-failure.ts'

/** How a value is written so that it stays within its place. What cannot be written there at all is refused, never dropped. */
export const ESCAPES = {
  none: (text: string) => text,
  markup: escapeMarkup,
  markup_attribute: escapeMarkupAttribute,
  calendar: escapeCalendarText,
  calendar_parameter: escapeCalendarParameter,
  json_string: (text: string) => JSON.stringify(text).slice(1, -1),
  form: percentEncode,
} as const

export type Escape = keyof typeof ESCAPES

// What XML 1.0 cannot hold, in any spelling; HTML neither.
const NOT_IN_MARKUP = /[^\P{Cc}\t\n\r\u007f-\u009f]|[\ufffe\uffff]/u
const MARKUP: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
}

export function escapeMarkup(text: string): string {
  return writable(text, NOT_IN_MARKUP, 'XML').replaceAll(/[&<>"'\r]/g, (char) => MARKUP[char] ?? char)
}

/** A parser turns line breaks and tabs of an attribute into spaces, unless they are written as numbers. */
function escapeMarkupAttribute(text: string): string {
  return escapeMarkup(text).replaceAll(/[\n\t]/g, (char) => MARKUP[char] ?? char)
}

const NOT_IN_CALENDAR = /[^\P{Cc}\t\n\r\u0080-\u009f]/u

/** A TEXT value of RFC 5545 (3.3.11) and RFC 6350. */
export function escapeCalendarText(text: string): string {
  return writable(text, NOT_IN_CALENDAR, 'iCalendar')
    .replaceAll(/[\\;,]/g, '\\$&')
    .replaceAll(/\r\n?|\n/g, '\\n')
}

const PARAMETER: Readonly<Record<string, string>> = { '^': '^^', '"': "^'" }

/** A quoted parameter, by RFC 6868: the base format has no way to write a quote in one. */
function escapeCalendarParameter(text: string): string {
  return writable(text, NOT_IN_CALENDAR, 'iCalendar')
    .replaceAll(/[\^"]/g, (char) => PARAMETER[char] ?? char)
    .replaceAll(/\r\n?|\n/g, '^n')
}

export const HALF_PAIR = /\p{Cs}/u

function writable(text: string, forbidden: RegExp, format: string): string {
  if (HALF_PAIR.test(text)) throw misfit(`half a surrogate pair in ${format}`)
  if (forbidden.test(text)) throw misfit(`a control character that ${format} cannot hold`)
  return text
}

export function percentEncode(text: string): string {
  if (HALF_PAIR.test(text)) throw misfit('half a surrogate pair in a URL')
  return encodeURIComponent(text)
}
