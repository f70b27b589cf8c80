import type { Pointer } from '../read/json-pointer.ts'

/**
 * The raw text of the value at `pointer` inside a JSON text, or null when there is none.
 *
 * Every attempt must send the same bytes and keep the producer's spelling of numbers (`1.10`, `12345678901234567890`),
 * so nothing is parsed and written again. One pass per pointer, no recursion; of doubled member names the last counts,
 * as in JSON.parse and jsonb. `text` must be valid JSON: on anything else the result is null or meaningless, never a hang.
 */
export function sliceAt(text: string, pointer: Pointer): string | null {
  let start = skipSpace(text, 0)
  for (const token of pointer) {
    start = childStart(text, start, token)
    if (start < 0) return null
  }
  const end = valueEnd(text, start)
  return end > start ? text.slice(start, end) : null
}

export type JsonChild = { readonly name: string | null; readonly json: string }

/** The members (the last of doubled ones) or the elements of a JSON text, each as raw text; null when it is a scalar. */
export function childrenOf(text: string): readonly JsonChild[] | null {
  const start = skipSpace(text, 0)
  if (text[start] === '{') return [...membersOf(text, start)].map(([name, json]) => ({ name, json }))
  return text[start] === '[' ? elementsOf(text, start) : null
}

function membersOf(text: string, objectStart: number): Map<string, string> {
  const members = new Map<string, string>()
  let at = skipSpace(text, objectStart + 1)
  while (text[at] === '"') {
    const nameEnd = stringEnd(text, at)
    const value = skipSpace(text, skipSpace(text, nameEnd) + 1)
    const end = valueEnd(text, value)
    members.set(nameAt(text, at, nameEnd), text.slice(value, end))
    at = afterComma(text, end)
  }
  return members
}

function elementsOf(text: string, arrayStart: number): readonly JsonChild[] {
  const elements: JsonChild[] = []
  let at = skipSpace(text, arrayStart + 1)
  while (at < text.length && text[at] !== ']') {
    const end = valueEnd(text, at)
    if (end <= at) break
    elements.push({ name: null, json: text.slice(at, end) })
    at = afterComma(text, end)
  }
  return elements
}

function childStart(text: string, start: number, token: string): number {
  if (text[start] === '{') return memberStart(text, start, token)
  if (text[start] === '[') return elementStart(text, start, token)
  return -1
}

function memberStart(text: string, objectStart: number, name: string): number {
  let found = -1
  let at = skipSpace(text, objectStart + 1)
  while (text[at] === '"') {
    const nameEnd = stringEnd(text, at)
    const value = skipSpace(text, skipSpace(text, nameEnd) + 1)
    if (nameAt(text, at, nameEnd) === name) found = value
    at = afterComma(text, valueEnd(text, value))
  }
  return found
}

function elementStart(text: string, arrayStart: number, token: string): number {
  if (!/^(?:0|[1-9]\d{0,9})$/.test(token)) return -1
  let at = skipSpace(text, arrayStart + 1)
  for (let left = Number(token); at < text.length && text[at] !== ']'; left -= 1) {
    if (left === 0) return at
    const next = afterComma(text, valueEnd(text, at))
    if (next <= at) return -1
    at = next
  }
  return -1
}

function nameAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1)
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : raw
}

function afterComma(text: string, at: number): number {
  const next = skipSpace(text, at)
  return text[next] === ',' ? skipSpace(text, next + 1) : next
}

function skipSpace(text: string, at: number): number {
  let next = at
  while (isSpace(text.charCodeAt(next))) next += 1
  return next
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9
}

function valueEnd(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return stringEnd(text, start)
  return first === '{' || first === '[' ? containerEnd(text, start) : scalarEnd(text, start)
}

function containerEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    const char = text[at]
    if (char === '"') {
      at = stringEnd(text, at)
      continue
    }
    if (char === '{' || char === '[') depth += 1
    if (char === '}' || char === ']') depth -= 1
    at += 1
    if (depth === 0) return at
  }
  return at
}

/** `start` is at the opening quote; the result is behind the closing one. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function scalarEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && !isSpace(text.charCodeAt(at)) && !',]}'.includes(text.charAt(at))) at += 1
  return at
}
