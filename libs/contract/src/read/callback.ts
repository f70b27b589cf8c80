import type { SecretSource } from '../entry.ts'
import type { REFERENCES, SIGNATURE_ENCODINGS } from '../schema/schema-callback.ts'
import { renderText } from '../send/evaluate.ts'
import { FIXED } from '../send/scope.ts'
import type { Template } from '../send/template.ts'
import { textOf } from './comparator.ts'
import { idText } from './external-id.ts'
import { parseExactly } from './json-exact.ts'
import { type Pointer, valueAt } from './json-pointer.ts'
import { type MatchRule, matches } from './match.ts'
import type { Pattern } from './pattern.ts'
import { Undecided } from './undecided.ts'

/** What a provider sends by itself when something has happened, parsed from `verify.callback`. */
export type CallbackRules = {
  /** The pattern takes the reference out of what stands there. */
  readonly find: { readonly by: ReferenceKind; readonly at: Pointer; readonly pattern: Pattern | null }
  /** Fixed values: nobody knows the entry before the callback is read. */
  readonly when: readonly MatchRule[]
  readonly signature: SignatureRule
}

export type ReferenceKind = (typeof REFERENCES)[number]

export type SignatureRule =
  | { readonly kind: 'none' }
  | { readonly kind: 'standard_webhooks'; readonly secret: Template }
  | ({ readonly kind: 'hmac_sha256'; readonly secret: Template } & SignaturePlace)

type SignaturePlace = {
  /** In lower case. */
  readonly header: string
  readonly prefix: string
  readonly encoding: (typeof SIGNATURE_ENCODINGS)[number]
}

/** With the secret in it: for whoever verifies the signature, and nobody else. */
export type SignaturePlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'standard_webhooks'; readonly secret: string }
  | ({ readonly kind: 'hmac_sha256'; readonly secret: string } & SignaturePlace)

/** Throws RenderFailure when the secret is not configured here. */
export function signaturePlan(rule: SignatureRule, secret: SecretSource): SignaturePlan {
  return rule.kind === 'none' ? rule : { ...rule, secret: renderText(rule.secret, { ...FIXED, secret }) }
}

/** Which entry a callback is about. Never how its effect went: that is for a look to see. */
export type EntryReference = { readonly by: ReferenceKind; readonly value: string }

export type ReadCallback =
  | { readonly kind: 'hint'; readonly about: EntryReference }
  /** Of a kind that does not count here, or naming nothing that could be an entry. */
  | { readonly kind: 'ignored' | 'without_reference' | 'not_json' }

export function readCallback(rules: CallbackRules, body: string): ReadCallback {
  const document = parseExactly(body)
  if (document === undefined) return { kind: 'not_json' }
  if (!counts(rules, document)) return { kind: 'ignored' }
  const about = referenceIn(rules, document)
  return about === null ? { kind: 'without_reference' } : { kind: 'hint', about }
}

function referenceIn({ find: { by, at, pattern } }: CallbackRules, document: unknown): EntryReference | null {
  const value = idText(picked(pattern, textOf(valueAt(document, at))), BYTES_MAX[by])
  return value === null || (by === 'entry_id' && !UUID.test(value)) ? null : { by, value }
}

function picked(pattern: Pattern | null, text: string | null): string | null {
  if (pattern === null || text === null) return text
  const found = pattern.find(text)
  return found.kind === 'match' ? found.text : null
}

const BYTES_MAX: Readonly<Record<ReferenceKind, number>> = { key: 512, external_id: 1024, entry_id: 36 }
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A look is always safe: what cannot be told from the callback is looked at. */
function counts({ when }: CallbackRules, document: unknown): boolean {
  try {
    return matches(when, document, FIXED)
  } catch (error) {
    if (error instanceof Undecided) return true
    throw error
  }
}
