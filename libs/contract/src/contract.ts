import type { AnswerMeaning, DeliveryPolicy } from '@readback/lifecycle'
import type { CustomCode } from './code/define-contract.ts'
import type { PayloadCheck } from './compile/payload-schema.ts'
import type { PreparedOrigins } from './compile/prepared-origins.ts'
import type { Rate } from './rate.ts'
import type { Decoding } from './read/decode.ts'
import type { ExternalIdRule } from './read/external-id.ts'
import type { Pointer } from './read/json-pointer.ts'
import type { LookRules } from './read/look-rules.ts'
import type { MatchRule } from './read/match.ts'
import type { Pattern } from './read/pattern.ts'
import type { RetryAfterRule } from './read/retry-after.ts'
import type { BodyTemplate } from './send/body-template.ts'
import type { MailTemplate } from './send/mail-template.ts'
import type { PrepareStep } from './send/prepare.ts'
import type { RequestTemplate } from './send/request-template.ts'

/**
 * What an effect is and how its provider behaves, checked and parsed. Frozen. Times are milliseconds.
 * `document` is what was written, as plain JSON: it is kept in the database and loads again by `contractFromDocument`.
 */
export type Contract = {
  readonly effect: string
  readonly version: number
  readonly description: string
  readonly risk: 'low' | 'medium' | 'high'
  /** SHA-256 (hex) of the document with sorted members. */
  readonly hash: string
  readonly document: JsonObject
  readonly payload: PayloadCheck
  readonly redact: readonly Pointer[]
  readonly keyFrom: readonly string[] | null
  readonly keyRetentionMs: number
  readonly providerClass: ProviderClass
  readonly call: HttpCall | MailTemplate | CodeCall
  /** Requests before the first attempt; none where the contract has no `prepare`. */
  readonly prepare: readonly PrepareStep[]
  /** Where URLs may point that the steps have kept. */
  readonly preparedOrigins: PreparedOrigins
  /** The call and the steps before it together: what an attempt may take of its lease. */
  readonly attemptTimeoutMs: number
  /** How the body of an answer to the call is read. */
  readonly decode: Decoding
  readonly externalId: ExternalIdRule | null
  readonly provider: Provider
  readonly answers: readonly AnswerRule[]
  readonly verify: Verification
  /** Null where nothing of the contract is code. */
  readonly code: ContractCode | null
  readonly retry: RetryPolicy
  readonly limits: { readonly perTenant: Rate | null; readonly perEffect: Rate | null }
  readonly concurrency: { readonly perTenant: number | null; readonly perDestination: number | null }
  /** Whether entries with one ordering key are called one after another. */
  readonly ordering: 'none' | 'per_key'
  readonly onUnknown: 'reconcile' | 'human'
  readonly rollback: Rollback
  readonly pointOfNoReturn: 'call' | 'none'
  /** What of all this the decision tables need. */
  readonly policy: DeliveryPolicy
}

export type HttpCall = RequestTemplate & { readonly kind: 'http' }

/** Made by `code.custom.call`. */
export type CodeCall = { readonly kind: 'code'; readonly timeoutMs: number }

export type ContractCode = {
  /** Of the text of the module. */
  readonly sha256: string
  /** Null where the contract was read without its module. */
  readonly custom: CustomCode | null
}

export type JsonObject = { readonly [name: string]: unknown }

/** keyed: a repeat with the same key acts once. readable: it can only be asked. opaque: neither, so one call ever. */
export type ProviderClass = 'keyed' | 'readable' | 'opaque'

export type Provider = {
  readonly key: KeyPlacement | null
  readonly repeat: 'same_answer' | 'refused' | 'overwrites' | 'acts_again'
  readonly otherPayload: 'error' | 'first_wins' | 'overwrites' | 'unknown'
  /** `unknown` counts as ended after the first answer. */
  readonly keyLifetimeMs: number | 'until_deleted' | 'unknown'
  /** How late the provider may still execute after we gave up. */
  readonly maxExecutionDelayMs: number
}

export type KeyPlacement = {
  readonly in: 'header' | 'path' | 'query' | 'body' | 'marker' | 'message_id'
  /** Name of the header; null elsewhere, where `${key}` stands in the template. */
  readonly header: string | null
  /** What shares an account there, so that it is a part of the name, in this order. */
  readonly within: readonly ('source' | 'tenant')[]
  readonly shape: KeyShape
}

export type KeyShape = {
  readonly as:
    | 'raw'
    | 'uuid5'
    | { readonly encoding: 'hex' | 'base64url'; readonly length: number | null; readonly prefix: string }
  readonly maxBytes: number | null
  /** A demand on a raw key; digests and UUIDs are written in it. */
  readonly case: 'lower' | 'upper' | null
  readonly allowed: Pattern | null
}

/** Empty statuses stand for any. */
export type AnswerRule = {
  readonly statuses: readonly number[]
  readonly header: readonly MatchRule[]
  readonly match: readonly MatchRule[]
  readonly decode: Decoding
  readonly means: AnswerMeaning
  readonly retryAfter: RetryAfterRule | null
}

export type Verification =
  | ({ readonly kind: 'looks' } & LookRules)
  | { readonly kind: 'none'; readonly reason: string; readonly ends: 'acknowledged' }

export type RetryPolicy = {
  readonly maxAttempts: number
  readonly backoffFirstMs: number
  readonly backoffCapMs: number
  readonly deadlineMs: number
}

export type Rollback =
  | { readonly strategy: 'none' }
  | { readonly strategy: 'manual_only' }
  | {
      readonly strategy: 'compensate'
      /** The effect that undoes this one. */
      readonly effect: string
      readonly payload: BodyTemplate
      /** It names the external id or what a look kept: without a receipt it cannot be made. */
      readonly needsReceipt: boolean
    }
