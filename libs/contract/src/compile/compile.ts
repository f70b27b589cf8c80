import type { Contract, KeyPlacement, Provider, ProviderClass, Verification } from '../contract.ts'
import { parseDuration } from '../duration.ts'
import { parseRate } from '../rate.ts'
import type { Decoding } from '../read/decode.ts'
import { parsePointer } from '../read/json-pointer.ts'
import { DEFAULTS } from '../schema/defaults.ts'
import type { CodeSource, ContractDocument } from '../schema/schema-code.ts'
import { accepting } from '../send/accept.ts'
import { hashOf } from './canonical-json.ts'
import { answerRules, externalIdRule } from './compile-answers.ts'
import { type CallAuth, callAuth, NO_CREDENTIAL } from './compile-auth.ts'
import { keyPlacement } from './compile-key.ts'
import { compileLooks } from './compile-looks.ts'
import { compileMail } from './compile-mail.ts'
import { compilePrepare } from './compile-prepare.ts'
import { compileCall } from './compile-request.ts'
import { compileRollback } from './compile-rollback.ts'
import { deliveryPolicy } from './delivery-policy.ts'
import { compilePayloadSchema, type PayloadCheck } from './payload-schema.ts'
import { preparedOrigins } from './prepared-origins.ts'

/** For a document that schema and checks have let through. */
export function compileContract(document: ContractDocument): Contract {
  const key = keyPlacement(document.provider.key)
  const decode = decodingOf(document.call)
  const timeoutMs = milliseconds(document.call.timeout)
  const origins = preparedOrigins(document.prepare)
  const auth = callAuth(document, origins)
  const prepare = compilePrepare(document.prepare, auth, timeoutMs)
  const contract = {
    effect: document.effect,
    version: document.version,
    description: document.description ?? '',
    risk: document.risk ?? 'medium',
    hash: hashOf(document),
    document,
    payload: payloadCheck(document.payload),
    redact: (document.redact ?? []).map(parsePointer),
    keyFrom: document.key?.from ?? null,
    keyRetentionMs: milliseconds(document.key?.retention ?? DEFAULTS.keyRetention),
    providerClass: providerClass(document),
    call: callOf(document, key, auth),
    prepare,
    preparedOrigins: origins,
    attemptTimeoutMs: prepare.reduce((sum, { request }) => sum + request.timeoutMs, timeoutMs),
    decode,
    externalId: 'smtp' in document.call ? null : externalIdRule(document.call.external_id),
    provider: provider(document.provider, key),
    answers: answerRules(document, decode),
    verify: verification(document, auth),
    code: codeOf(document.code),
    ...policies(document),
    ordering: document.ordering ?? 'none',
    onUnknown: document.on_unknown,
    rollback: compileRollback(document.rollback),
    pointOfNoReturn: document.point_of_no_return ?? 'call',
  }
  return deepFreeze({ ...contract, policy: deliveryPolicy(contract) })
}

/** The replies of a mail server are codes. */
function decodingOf(call: ContractDocument['call']): Decoding {
  return 'smtp' in call ? 'json' : (call.decode ?? 'json')
}

function callOf(
  { auth, call, provider }: ContractDocument,
  key: KeyPlacement | null,
  { credential, goesTo }: CallAuth,
) {
  if ('smtp' in call) return compileMail(call, auth, key?.in === 'message_id' ? (provider.key?.at ?? null) : null)
  if (!('url' in call)) return { kind: 'code', timeoutMs: milliseconds(call.timeout) } as const
  const { headers, scheme } = goesTo(call.url) ? credential : NO_CREDENTIAL
  return { kind: 'http', ...compileCall(accepting(call, call.decode ?? 'json'), headers, key), auth: scheme } as const
}

function policies({
  retry,
  limits,
  concurrency,
}: ContractDocument): Pick<Contract, 'retry' | 'limits' | 'concurrency'> {
  return {
    retry: {
      maxAttempts: retry?.max_attempts ?? DEFAULTS.maxAttempts,
      backoffFirstMs: milliseconds(retry?.backoff?.first ?? DEFAULTS.backoffFirst),
      backoffCapMs: milliseconds(retry?.backoff?.cap ?? DEFAULTS.backoffCap),
      deadlineMs: milliseconds(retry?.deadline ?? DEFAULTS.retryDeadline),
    },
    limits: { perTenant: parseRate(limits?.per_tenant), perEffect: parseRate(limits?.per_effect) },
    concurrency: { perTenant: concurrency?.per_tenant ?? null, perDestination: concurrency?.per_destination ?? null },
  }
}

function providerClass({ provider, verify }: ContractDocument): ProviderClass {
  if (provider.repeat === 'same_answer' || provider.repeat === 'refused') return 'keyed'
  return verify.by_key === undefined ? 'opaque' : 'readable'
}

function provider(source: ContractDocument['provider'], key: KeyPlacement | null): Provider {
  const lifetime = source.key?.lifetime ?? 'unknown'
  return {
    key,
    repeat: source.repeat,
    otherPayload: source.other_payload ?? 'unknown',
    keyLifetimeMs: lifetime === 'unknown' || lifetime === 'until_deleted' ? lifetime : milliseconds(lifetime),
    maxExecutionDelayMs: milliseconds(source.max_execution_delay ?? DEFAULTS.maxExecutionDelay),
  }
}

function verification({ verify, call }: ContractDocument, auth: CallAuth): Verification {
  if ('none' in verify && verify.none !== undefined) return { kind: 'none', reason: verify.none, ends: 'acknowledged' }
  const fromCall = { timeoutMs: milliseconds(call.timeout), decode: decodingOf(call) }
  return { kind: 'looks', ...compileLooks(verify, auth, fromCall) }
}

/** The functions come with the module. */
function codeOf(source: CodeSource | undefined): Contract['code'] {
  return source === undefined ? null : { sha256: source.sha256, custom: null }
}

function payloadCheck(schema: object | undefined): PayloadCheck {
  const compiled = compilePayloadSchema(schema ?? {})
  if (!compiled.ok) throw new Error(`unchecked payload schema: ${compiled.reason}`)
  return compiled.check
}

function milliseconds(text: string): number {
  const ms = parseDuration(text)
  if (ms === null) throw new Error(`unchecked duration: ${text}`)
  return ms
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const child of Object.values(value)) deepFreeze(child)
  return Object.freeze(value)
}
