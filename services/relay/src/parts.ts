import type { Dispatch } from '@readback/dispatch'
import type { Reached } from '@readback/service-kit'
import type { Database } from '@readback/store'
import { type CaptureDeps, createCapture } from './capture.ts'
import { type HealDeps, Healer } from './heal.ts'
import { Leadership } from './leadership.ts'
import type { RelayObservation } from './observation.ts'
import { publisher } from './publish.ts'
import { createReleaser } from './release.ts'
import { createRepublisher } from './republish.ts'
import { Wake } from './wake.ts'

export type RelayDeps = {
  db: Database
  dispatch: Dispatch
  /** The id that leases are held under. */
  processId: () => string
  monotonicMs: () => number
  observe: (observation: RelayObservation) => void
  reached: Reached
}

export type RelayOptions = {
  source: string
  /** Relays in processes of the same role share the shards, or stand by for each other. */
  role: string
  /** The dispatch lives in this process: shards are shared out, and what a dead process had queued is looked for. */
  inProcess: boolean
  /** How long intents, attempts and receipts are kept; null: for ever. */
  retentionMs: number | null
  /** A leader that says nothing for this long is followed by another one; 1.5 s if not given. */
  leaseMs?: number
}

// A relay polls often enough that one which was killed is followed by another within 2 s.
const LEASE_MS = 1_500

/** What differs between a relay that runs by itself and one that is moved step by step. */
type Own = Pick<CaptureDeps, 'lintKeys' | 'onCaughtUp' | 'waitMs'> & Pick<HealDeps, 'graceMs' | 'onWalk'>

/** The parts of a relay, and what each of its rounds does; when, is up to the caller. */
export function createParts(
  deps: RelayDeps,
  { source, role, inProcess, retentionMs, leaseMs = LEASE_MS }: RelayOptions,
  own: Own,
) {
  const leadership = new Leadership(
    { ...deps, relay: deps.processId, onRefsLost: (walk) => healer.walk(walk) },
    { role, leaseMs, shared: inProcess, volatileDispatch: inProcess },
  )
  const wake = new Wake(deps.monotonicMs)
  const publish = publisher(deps.dispatch, source)
  const backlog = () => deps.dispatch.backlog('deliver')
  const shared = { ...deps, ...own, relay: deps.processId, leadership, wake, publish, backlog }
  const healer = new Healer(shared)
  return {
    leadership,
    wake,
    capture: createCapture(shared),
    async writeDown() {
      const moved = await leadership.writeDown()
      if (moved > 0) deps.reached('cursor_moved')
      return moved
    },
    republish: createRepublisher(shared),
    releaser: createReleaser(shared),
    healer,
    jobDeps: { ...shared, retentionMs },
  }
}
