import {
  type CallbackRules,
  type ContractBook,
  type ReadCallback,
  RenderFailure,
  readable,
  readCallback,
  type SecretSource,
  type SignaturePlan,
  signaturePlan,
} from '@readback/contract'
import { type SignedRequest, verifySignature } from '@readback/effects'
import { bringLookForward, type Database } from '@readback/store'
import type { CallbackReceived } from './observation.ts'

export type CallbackDeps = {
  db: Database
  contracts: Pick<ContractBook, 'newest'>
  secret: SecretSource
  /** The time of day, by which a signature is old. */
  nowMs: () => number
  observe: (observation: CallbackReceived) => void
}

export type Callback = SignedRequest & { tenant: string; effect: string }

/**
 * What became of a callback. `brought_forward`: a look is due now. `nothing_waits`: there is no such entry, or it waits for no look; the
 * sender is not told which.
 */
export type CallbackResult =
  | 'brought_forward'
  | 'nothing_waits'
  | Exclude<ReadCallback['kind'], 'hint'>
  | 'signature_invalid'
  | 'secret_unusable'
  /** No contract of this effect has a callback. */
  | 'not_expected'

/** What a provider sends is a hint that there may be something to see, whatever it says: a look decides. Rejects when it cannot be told. */
export async function receiveCallback(deps: CallbackDeps, callback: Callback): Promise<CallbackResult> {
  const expected = await expectation(deps, callback.effect)
  if (expected === null) return 'not_expected'
  const { result, looks } = await judge(deps, callback, expected)
  const { tenant, effect } = callback
  deps.observe({ type: 'callback_received', tenant, effect, result, looks })
  return result
}

type Expectation = { rules: CallbackRules; everyMs: number }
type Judged = { result: CallbackResult; looks: number }

const EFFECT_NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,127}$/

async function expectation({ contracts }: CallbackDeps, effect: string): Promise<Expectation | null> {
  const contract = EFFECT_NAME.test(effect) ? await readable(contracts.newest(effect)) : null
  if (contract === null || contract.verify.kind === 'none' || contract.verify.callback === null) return null
  return { rules: contract.verify.callback, everyMs: contract.verify.settle.everyMs }
}

async function judge(deps: CallbackDeps, callback: Callback, { rules, everyMs }: Expectation): Promise<Judged> {
  const plan = planOf(rules, deps.secret)
  const signature = plan === null ? 'secret_unusable' : verifySignature(plan, callback, deps.nowMs())
  if (signature === 'secret_unusable') return { result: signature, looks: 0 }
  if (signature === 'invalid') return { result: 'signature_invalid', looks: 0 }
  const read = readCallback(rules, callback.body.toString('utf8'))
  if (read.kind !== 'hint') return { result: read.kind, looks: 0 }
  const { tenant, effect } = callback
  const looks = await bringLookForward(deps.db, { tenant, effect, about: read.about, everyMs })
  return { result: looks > 0 ? 'brought_forward' : 'nothing_waits', looks }
}

/** Null when the secret is not configured in this process. */
function planOf({ signature }: CallbackRules, secret: SecretSource): SignaturePlan | null {
  try {
    return signaturePlan(signature, secret)
  } catch (error) {
    if (error instanceof RenderFailure) return null
    throw error
  }
}
