type Element = string | number | boolean | null

/**
 * An array as PostgreSQL reads it in text form (its manual, 8.15.2). The driver does the same with two regular expressions
 * for each element, which is a tenth of what a batch costs us.
 */
export function arrayLiteral(elements: readonly Element[]): string {
  let text = '{'
  for (const element of elements) {
    if (text.length > 1) text += ','
    if (typeof element === 'string') text += quoted(element)
    else text += element === null ? 'NULL' : String(element)
  }
  return `${text}}`
}

/** Unquoted, `NULL`, an empty text and one with a comma would be read as something else. */
function quoted(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`
  // JSON escapes these two alike, several times as fast as a regular expression does.
  return NOTHING_ELSE_ESCAPED.test(text) ? JSON.stringify(text) : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

/** Without control characters, and without halves of surrogate pairs, of which some stand alone. */
const NOTHING_ELSE_ESCAPED = /^[ -\ud7ff\ue000-\uffff]*$/

/** Of other elements the driver knows how to write them. */
export const isPlain = (value: unknown): value is readonly Element[] =>
  Array.isArray(value) && value.every((each) => each === null || PLAIN.has(typeof each))

const PLAIN = new Set(['string', 'number', 'boolean'])
