import { ownHeader } from './answer.ts'
import { textOf } from './comparator.ts'
import type { Decoding, OpenAnswer } from './decode.ts'
import { type Pointer, valueAt } from './json-pointer.ts'
import type { Pattern } from './pattern.ts'

/** Where an answer says what the provider calls the thing. The pattern takes the id out of what stands there. */
export type ExternalIdRule = {
  readonly from: { readonly at: Pointer } | { readonly header: string } | 'body'
  readonly pattern: Pattern | null
}

/** Null when the answer has none. */
export function externalIdIn(rule: ExternalIdRule | null, answer: OpenAnswer, decode: Decoding): string | null {
  if (rule === null) return null
  const { from } = rule
  if (from === 'body') return picked(rule.pattern, answer.as('text'))
  if ('header' in from) return picked(rule.pattern, ownHeader(answer.headers, from.header))
  return picked(rule.pattern, valueAt(answer.as(decode), from.at))
}

/** In what a look has found: the same place as in the answer to the call, since providers return the same representation. */
export function externalIdOf(rule: ExternalIdRule | null, item: unknown): string | null {
  if (rule === null || rule.from === 'body' || 'header' in rule.from) return null
  return picked(rule.pattern, valueAt(item, rule.from.at))
}

function picked(pattern: Pattern | null, value: unknown): string | null {
  const text = textOf(value)
  if (pattern === null || text === null) return idText(text)
  const found = pattern.find(text)
  return found.kind === 'match' ? idText(found.text) : null
}

const ID_BYTES_MAX = 1024

/**
 * A text or a number that can name something, or null. Control characters do not: a zero cannot even be stored, a line break is a second
 * header. Neither does half a character, nor what is longer than any id.
 */
export function idText(value: unknown, bytesMax: number = ID_BYTES_MAX): string | null {
  const text = textOf(value)
  if (text === null || text === '' || Buffer.byteLength(text) > bytesMax) return null
  return /[\p{Cc}\p{Cs}]/u.test(text) ? null : text
}
