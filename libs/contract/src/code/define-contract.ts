import type { AnswerMeaning, OutcomeClass } from '@readback/lifecycle'
import type { ContractDocument } from '../schema/schema-code.ts'

/**
 * A contract whose call, look or reading of answers is code. The rest is the same as in a YAML file, and checked alike.
 *
 *     export default defineContract<{ customer: string }>({ effect: 'invoice.issue', version: 1, ..., custom: { call, look } })
 */
export function defineContract<Payload = unknown>(contract: ContractModule<Payload>): ContractModule<Payload> {
  return contract
}

/** What a module exports by default. A plain object will do: `defineContract` only adds the types. */
export type ContractModule<Payload = unknown> = Omit<ContractDocument, 'code'> & {
  readonly custom?: CustomCode<Payload>
}

/** Of a contract: `PayloadOf<typeof contract>` is what its intents carry, for a producer's `defineEffect`. */
export type PayloadOf<Module> = Module extends ContractModule<infer Payload> ? Payload : never

// Methods, not properties: code for one payload may stand where code for any is kept.
export type CustomCode<Payload = unknown> = {
  /** Makes the effect. What it throws is an unknown outcome, unless it is `NotSent`. */
  call?(input: CallInput<Payload>): CallOutcome | Promise<CallOutcome>
  /** Finds what is there under the key. What it throws is an inconclusive look. */
  look?(input: LookInput<Payload>): LookFindings | Promise<LookFindings>
  /** What an answer means, where no rule of `answers` says it; null leaves it to the standard table, whose word is `standard`. */
  classify?(answer: CodeAnswer, standard: OutcomeClass): AnswerMeaning | null
}

type Subject<Payload> = {
  /** As `provider.key` re-shapes it. It names the intent: there is no number of an attempt here, since every attempt must send the same. */
  readonly key: string
  readonly payload: Payload
  /** The JSON text as the producer gave it, with every digit. */
  readonly payloadText: string
  readonly tenant: string
  readonly effect: string
  readonly entryId: string
  /** RFC 3339. The only time that a request may hold. */
  readonly createdAt: string
  /** What the steps of `prepare` kept. */
  readonly prepared: Readonly<Record<string, unknown>>
}

type Tools = {
  /** Sends one request once, through the egress guard: no redirect, no repetition, within the time that is left. Never rejects. */
  readonly http: CodeHttp
  /** Throws when the secret is not configured; before the first request that is tried again later. */
  readonly secret: (name: string) => string
  /** Aborts when the time is up. */
  readonly signal: AbortSignal
}

export type CallInput<Payload = unknown> = Subject<Payload> & Tools
export type LookInput<Payload = unknown> = Subject<Payload> & Tools & { readonly externalId: string | null }

export type CodeHttp = (request: CodeRequest) => Promise<CodeReply>

export type CodeRequest = {
  readonly url: string
  /** Default: GET. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Instead of `body`: sent as application/json. */
  readonly json?: unknown
  /** Less than the time that is left. */
  readonly timeoutMs?: number
  /** Says that this request is no part of the effect although its method may act: it may be lost, or made again, without any. */
  readonly harmless?: boolean
}

/** Also what a `call` may return as it is: what the last request came to. */
export type CodeReply = {
  /** False only when no byte can have left. */
  readonly sent: boolean
  readonly answer: CodeAnswer | null
  /** Stable code, such as ECONNREFUSED or deadline. */
  readonly error: string | null
}

export type CodeAnswer = {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** As they came; `body` is read as UTF-8 where nothing else is named. */
  readonly bytes?: Uint8Array
  /** The body was cut. */
  readonly truncated: boolean
}

export type CallOutcome =
  /** Nothing left. Not believed after a request that may have acted. */
  | { readonly sent: false; readonly error?: string | null; readonly answer?: null }
  /** `answers`, `classify` and the standard table read the answer; without one the outcome is unknown. */
  | {
      readonly sent: boolean
      readonly answer?: (Pick<CodeAnswer, 'status'> & Partial<CodeAnswer>) | null
      readonly error?: string | null
    }
  /** In our own words. A failure is not believed after a request whose answer was lost. */
  | {
      readonly outcome: OutcomeClass
      /** Stable code: small letters, digits and _. */
      readonly cause: string
      readonly externalId?: string | null
      readonly retryAfterMs?: number | null
    }

export type LookFindings =
  /** JSON values. `where` and `present` are applied to them here. Not `complete`: there may be more that were not read. */
  | { readonly items: readonly unknown[]; readonly complete: boolean }
  /** Nothing was learned. A stable code: small letters, digits and _. */
  | { readonly inconclusive: string }

/** Thrown by a `call` that ends before its first request: it will be tried again. */
export class NotSent extends Error {
  override readonly name = 'NotSent'
  readonly code: string
  /** @param code stable: small letters, digits and _ */
  constructor(code: string, message: string = code) {
    super(message)
    this.code = code
  }
}
