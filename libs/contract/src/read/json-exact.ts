import { canonicalDecimal } from './decimal.ts'
import { XmlNodes } from './xml.ts'

/** A number that a double may not hold exactly, kept as it was written. */
class ExactNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

// Up to 15 significant digits without an exponent, a double tells any two decimals apart.
const MAY_BE_INEXACT = /[\d.]{16}|\d[eE][+-]?\d/
const DEPTH_MAX = 256
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y
const SCALAR = /[^\s,\]}]+/y
const SPACE = /\s*/y

/**
 * JSON.parse that loses no digit: numbers beyond a double's 15 digits come back as ExactNumber.
 * Undefined when the text is not JSON, or nested deeper than 256.
 */
export function parseExactly(text: string): unknown {
  if (isTooDeep(text)) return undefined
  try {
    return MAY_BE_INEXACT.test(text) ? parseSlowly(text) : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** JSON.parse itself takes any depth; whoever walks through the result would not. Brackets inside of texts do not count. */
function isTooDeep(text: string): boolean {
  // Each level needs two characters.
  if (text.length <= 2 * DEPTH_MAX) return false
  let depth = 0
  for (let at = 0; at < text.length && depth <= DEPTH_MAX; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === BRACKET || code === BRACE) depth += 1
    else if (code === BRACKET_END || code === BRACE_END) depth -= 1
  }
  return depth > DEPTH_MAX
}

const [QUOTE, BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x22, 0x5b, 0x5d, 0x7b, 0x7d]

/** At the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

/** JSON.parse checks the grammar and decodes the strings; the walk beside it finds how the numbers were spelled. */
function parseSlowly(text: string): unknown {
  JSON.parse(text)
  return new Reader(text).value()
}

/** Reads text that is known to be valid JSON. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): unknown {
    const first = this.#peek()
    if (first === '{') return this.#object()
    if (first === '[') return this.#array()
    return first === '"' ? this.#string() : scalar(this.#match(SCALAR))
  }

  #object(): unknown {
    const members: Record<string, unknown> = Object.create(null)
    this.#at += 1
    while (this.#peek() !== '}') {
      const name = this.#string()
      this.#peek()
      this.#at += 1
      members[name] = this.value()
      if (this.#peek() === ',') this.#at += 1
    }
    this.#at += 1
    return members
  }

  #array(): unknown {
    const elements: unknown[] = []
    this.#at += 1
    while (this.#peek() !== ']') {
      elements.push(this.value())
      if (this.#peek() === ',') this.#at += 1
    }
    this.#at += 1
    return elements
  }

  #string(): string {
    return JSON.parse(this.#match(STRING)) as string
  }

  #peek(): string {
    this.#match(SPACE)
    return this.#text.charAt(this.#at)
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }
}

function scalar(text: string): unknown {
  return MAY_BE_INEXACT.test(text) ? new ExactNumber(text) : JSON.parse(text)
}

/** Equality of JSON values: strict about types, indifferent to member order, exact about numbers. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (isNumber(left) && isNumber(right)) return sameNumber(left, right)
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((element, index) => sameJson(element, right[index]))
  }
  if (isObject(left) && isObject(right)) return sameMembers(left, right)
  return left === right
}

/** The number as it was written, or null when the value is no number. */
export function numberText(value: unknown): string | null {
  if (value instanceof ExactNumber) return value.text
  return typeof value === 'number' ? String(value) : null
}

function isNumber(value: unknown): value is number | ExactNumber {
  return typeof value === 'number' || value instanceof ExactNumber
}

function sameNumber(left: number | ExactNumber, right: number | ExactNumber): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left === right
  const leftText = numberText(left) ?? ''
  const rightText = numberText(right) ?? ''
  return (
    leftText === rightText || (canonicalDecimal(leftText) ?? leftText) === (canonicalDecimal(rightText) ?? rightText)
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return !Array.isArray(value) && !(value instanceof ExactNumber) && !(value instanceof XmlNodes)
}

function sameMembers(left: Record<string, unknown>, right: Record<string, unknown>): boolean {
  const names = Object.keys(left)
  if (names.length !== Object.keys(right).length) return false
  return names.every((name) => Object.hasOwn(right, name) && sameJson(left[name], right[name]))
}
