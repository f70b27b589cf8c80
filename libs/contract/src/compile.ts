import { accepting } from './accept.ts'
import { hashOf } from './canonical-json.ts'
import { answerRules, externalIdRule } from './compile-answers.ts'
import { keyPlacement } from './compile-key.ts'
import { compileLooks } from './compile-looks.ts'
import { compilePrepare } from './compile-prepare.ts'
import { authHeaders, compileCall } from './compile-request.ts'
import type { Contract, KeyPlacement, Provider, ProviderClass, Rollback, Verification } from './contract.ts'
import { DEFAULTS } from './defaults.ts'
import { deliveryPolicy } from './delivery-policy.ts'
import { parseDuration } from './duration.ts'
import { parsePointer } from './json-pointer.ts'
import { compilePayloadSchema, type PayloadCheck } from './payload-schema.ts'
import { mayLeaveHome, preparedOrigins } from './prepared-origins.ts'
import { parseRate } from './rate.ts'
import type { ContractDocument } from './schema.ts'

/** For a document that schema and checks have let through. */
export function compileContract(document: ContractDocument): Contract {
  const key = keyPlacement(document.provider.key)
  const auth = authHeaders(document.auth)
  const decode = document.call.decode ?? 'json'
  const timeoutMs = milliseconds(document.call.timeout)
  const origins = preparedOrigins(document.prepare)
  const prepare = compilePrepare(document.prepare, auth, origins, timeoutMs)
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
    call: compileCall(accepting(document.call, decode), mayLeaveHome(document.call.url, origins) ? [] : auth, key),
    prepare,
    preparedOrigins: origins,
    attemptTimeoutMs: prepare.reduce((sum, { request }) => sum + request.timeoutMs, timeoutMs),
    decode,
    externalId: externalIdRule(document.call.external_id),
    provider: provider(document.provider, key),
    answers: answerRules(document),
    verify: verification(document, auth),
    ...policies(document),
    onUnknown: document.on_unknown,
    rollback: rollback(document.rollback),
    pointOfNoReturn: document.point_of_no_return ?? 'call',
  }
  return deepFreeze({ ...contract, policy: deliveryPolicy(contract) })
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

function verification({ verify, call }: ContractDocument, auth: ReturnType<typeof authHeaders>): Verification {
  if (verify.none !== undefined) return { kind: 'none', reason: verify.none, ends: 'acknowledged' }
  const fromCall = { timeoutMs: milliseconds(call.timeout), decode: call.decode ?? 'json' }
  return { kind: 'looks', ...compileLooks(verify, auth, fromCall) }
}

function rollback(source: ContractDocument['rollback']): Rollback {
  if (source.strategy !== 'compensate') return { strategy: source.strategy }
  return { strategy: 'compensate', effect: source.effect ?? '', payload: source.payload ?? null }
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
