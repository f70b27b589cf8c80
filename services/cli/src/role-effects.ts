import type { Entry, Subject } from '@readback/contract'
import type { startWorker } from '@readback/delivery-worker'
import { callProvider, type HttpCaller, lookAtProvider, prepareCall } from '@readback/effects'
import type { ClaimedCall, ClaimedLook } from '@readback/store'
import type { startVerifier } from '@readback/verifier'

export type RoleEffectsDeps = {
  caller: HttpCaller
  secret: (name: string) => string | undefined
  /** Milliseconds since the epoch. */
  now: () => number
  source: string
}

type WorkerDeps = Parameters<typeof startWorker>[0]

export type RoleEffects = Pick<WorkerDeps, 'prepare' | 'call'> & {
  /** The worker's look right after its call: it knows the answer, and nothing of it is written down yet. */
  lookAfterCall: WorkerDeps['look']
  look: Parameters<typeof startVerifier>[0]['look']
}

/** What the roles ask of a provider about what they have claimed. */
export function createRoleEffects({ caller, secret, now, source }: RoleEffectsDeps): RoleEffects {
  const looks = { caller, secret }
  return {
    prepare: ({ contract, claimed, notAfterMs }, signal) =>
      prepareCall({ caller, secret, notAfterMs, now }, contract, entryOf(claimed, source), signal),
    call: ({ contract, claimed, notAfterMs }, signal) =>
      callProvider({ caller, secret, notAfterMs, now }, contract, entryOf(claimed, source), signal),
    lookAfterCall: ({ contract, claimed, result }, signal) =>
      lookAtProvider(looks, contract, afterCall(claimed, source, result.externalId), signal),
    look: ({ contract, claimed }, signal) => lookAtProvider(looks, contract, asClaimed(claimed, source), signal),
  }
}

/** A replay starts the attempts anew; a call from before it may have had an effect, which a look by id would not see. */
const callsEver = (claimed: ClaimedCall | ClaimedLook): number =>
  claimed.attempts + (claimed.since_first_call_ms > claimed.since_commit_ms ? 1 : 0)

// What is added stands before what is spread (0023).
const afterCall = (claimed: ClaimedCall, source: string, externalId: string | null): Subject => ({
  externalId,
  calls: callsEver(claimed),
  answeredCalls: claimed.answered_calls + 1,
  seenPresentBefore: false,
  ...entryOf(claimed, source),
})

const asClaimed = (claimed: ClaimedLook, source: string): Subject => ({
  externalId: claimed.external_id,
  calls: callsEver(claimed),
  answeredCalls: claimed.answered_calls,
  seenPresentBefore: claimed.seen_present,
  ...entryOf(claimed, source),
})

const entryOf = (claimed: ClaimedCall | ClaimedLook, source: string): Entry => ({
  source,
  entryId: claimed.entry_id,
  tenant: claimed.tenant,
  effect: claimed.effect,
  key: claimed.key,
  payload: claimed.payload,
  createdAt: claimed.created_at,
  prepared: claimed.prepared,
})
