import { isUtf8 } from 'node:buffer'
import type { Answer } from './answer.ts'
import { parseExactly } from './json-exact.ts'
import { parseXml } from './xml.ts'

/** How a body is read. The contract says it, and the label of the answer does not matter: providers write wrong ones. */
export const DECODINGS = ['json', 'xml', 'text', 'form'] as const
export type Decoding = (typeof DECODINGS)[number]

/** An answer whose body is read when a rule asks for it, once for each way. */
export type OpenAnswer = Answer & { as(decoding: Decoding): unknown }

export function openAnswer(answer: Answer): OpenAnswer {
  return new Opened(answer)
}

/** Asks the answer for its text and its headers only when a rule does: either may have to be made first. */
class Opened implements OpenAnswer {
  readonly #answer: Answer
  #read: Map<Decoding, unknown> | null = null

  constructor(answer: Answer) {
    this.#answer = answer
  }

  get status(): number {
    return this.#answer.status
  }

  get headers(): Answer['headers'] {
    return this.#answer.headers
  }

  get body(): string {
    return this.#answer.body
  }

  get bytes(): Uint8Array | undefined {
    return this.#answer.bytes
  }

  get truncated(): boolean {
    return this.#answer.truncated
  }

  as(decoding: Decoding): unknown {
    this.#read ??= new Map()
    if (!this.#read.has(decoding))
      this.#read.set(decoding, this.truncated ? undefined : decoded(this.#answer, decoding))
    return this.#read.get(decoding)
  }
}

/** Undefined when the body is not what the contract says. */
function decoded(answer: Answer, decoding: Decoding): unknown {
  const text = textOf(answer)
  if (text === null) return undefined
  switch (decoding) {
    case 'json':
      return parseExactly(text)
    case 'xml':
      return parseXml(text)
    case 'form':
      return parseForm(text)
    case 'text':
      return text
  }
}

/**
 * UTF-8 where the bytes are UTF-8, whatever the label says; else Latin-1 where label or XML declaration name it. Null for everything else:
 * what cannot be read proves nothing. A mark of the byte order is no part of the text.
 */
function textOf(answer: Answer): string | null {
  const text = answer.bytes === undefined ? answer.body : charactersOf(answer.bytes, answer)
  return text?.startsWith('\ufeff') ? text.slice(1) : text
}

function charactersOf({ buffer, byteOffset, length }: Uint8Array, answer: Answer): string | null {
  const bytes = Buffer.from(buffer, byteOffset, length)
  if (isUtf8(bytes)) return bytes.toString('utf8')
  const text = bytes.toString('latin1')
  const named = LABEL.exec(answer.headers['content-type'] ?? '') ?? DECLARATION.exec(text.slice(0, 200))
  return LATIN_1.has((named?.[1] ?? '').toLowerCase()) && !CONTESTED.test(text) ? text : null
}

// Control characters in Latin-1, quotes and the like in windows-1252, and labels mix the two up.
const CONTESTED = /[\u0080-\u009f]/
const LABEL = /;\s{0,9}charset="?([\w-]{1,40})/i
const DECLARATION = /^<\?xml [^>?]{0,100}encoding=["']([\w-]{1,40})["']/i
const LATIN_1 = new Set(['iso-8859-1', 'iso8859-1', 'latin1', 'latin-1', 'windows-1252', 'cp1252'])

const FORM = /^[^\s<>{}"]*$/

/** Names to texts; a name that comes more than once, to the list of them. Undefined for what is no form. */
function parseForm(text: string): unknown {
  const trimmed = text.trim()
  if (!FORM.test(trimmed)) return undefined
  const lists = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(trimmed)) {
    const list = lists.get(name)
    if (list === undefined) lists.set(name, [value])
    else list.push(value)
  }
  const fields: Record<string, unknown> = Object.create(null)
  for (const [name, list] of lists) fields[name] = list.length === 1 ? list[0] : list
  return fields
}
