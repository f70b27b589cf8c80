import type { Entry } from '@readback/contract'
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
  return {
    prepare: ({ contract, claimed, notAfterMs }, signal) =>
      prepareCall({ caller, secret, notAfterMs, now }, contract, entryOf(claimed, source), signal),
    call: ({ contract, claimed, notAfterMs }, signal) =>
      callProvider({ caller, secret, notAfterMs, now }, contract, entryOf(claimed, source), signal),
    lookAfterCall({ contract, claimed, result: { externalId } }, signal) {
      const answeredCalls = claimed.answered_calls + 1
      const known = { externalId, calls: callsEver(claimed), answeredCalls, seenPresentBefore: false }
      return lookAtProvider({ caller, secret }, contract, { ...entryOf(claimed, source), ...known }, signal)
    },
    look({ contract, claimed }, signal) {
      const { external_id: externalId, answered_calls: answeredCalls, seen_present: seenPresentBefore } = claimed
      const known = { externalId, calls: callsEver(claimed), answeredCalls, seenPresentBefore }
      return lookAtProvider({ caller, secret }, contract, { ...entryOf(claimed, source), ...known }, signal)
    },
  }
}

/** A replay starts the attempts anew; a call from before it may have had an effect, which a look by id would not see. */
const callsEver = (claimed: ClaimedCall | ClaimedLook): number =>
  claimed.attempts + (claimed.since_first_call_ms > claimed.since_commit_ms ? 1 : 0)

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
