export type Statement = {
  text: string
  /** Of its first word in the file, from 1. */
  line: number
}

// What may hold a semicolon that ends nothing, then the one that does. A `begin atomic` body is not known here: write $$.
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'[^']*'|"[^"]*"|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|;/g
const LEADING_COMMENTS = /^(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)*/

/** The statements of a SQL file, each with its place, so that an error can name both. */
export function splitStatements(sql: string): Statement[] {
  const ends = [...sql.matchAll(TOKEN)].filter(([token]) => token === ';').map(({ index }) => index)
  const starts = [0, ...ends.map((end) => end + 1)]
  return starts.flatMap((start, i) => statementAt(sql, start, ends[i] ?? sql.length))
}

function statementAt(sql: string, start: number, end: number): Statement[] {
  const comments = LEADING_COMMENTS.exec(sql.slice(start, end))?.[0].length ?? 0
  const text = sql.slice(start + comments, end).trimEnd()
  return text ? [{ text, line: lineAt(sql, start + comments) }] : []
}

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
