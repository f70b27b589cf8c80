/** What a relay does, without its loops: for tests in which time passes when they say so. */
import { captureOnce } from './capture.ts'
import { Healer } from './heal.ts'
import { JOBS } from './jobs.ts'
import { Leadership } from './leadership.ts'
import { publisher, type RelayDeps, type RelayOptions } from './relay.ts'
import { createReleaser } from './release.ts'
import { createRepublisher } from './republish.ts'
import { Wake } from './wake.ts'

/** Each returns how much it did. */
export type RelayStep = 'lead' | 'capture' | 'republish' | 'release' | 'sweep' | 'jobs'
export type RelaySteps = Record<RelayStep, () => Promise<number>>

const LEASE_MS = 1_500
// Partitions, books and old keys are nothing that a test waits for.
const FREQUENT_JOBS = JOBS.filter(({ everyMs }) => everyMs < 10_000)

export function createRelaySteps(deps: RelayDeps, { source, role, inProcess, retentionMs }: RelayOptions): RelaySteps {
  const leadership = new Leadership(
    { ...deps, relay: deps.processId, onRefsLost: (walk) => healer.walk(walk) },
    { role, leaseMs: LEASE_MS, shared: inProcess, volatileDispatch: inProcess },
  )
  const wake = new Wake(deps.monotonicMs)
  const backlog = () => deps.dispatch.backlog('deliver')
  const publish = publisher(deps.dispatch, source)
  const parts = { ...deps, relay: deps.processId, leadership, wake, publish, backlog, retentionMs, lintKeys: () => {} }
  // Ids are made from the time of the server, which no test can move: so whatever is there is old enough.
  const healer = new Healer({ ...parts, graceMs: 0 })
  return {
    lead: () => leadership.renew(),
    capture: () => captureOnce(parts),
    republish: createRepublisher(parts),
    release: createReleaser(parts).releaseOnce,
    sweep: () => healer.runOnce(),
    async jobs() {
      let did = 0
      if (leadership.shards().length > 0) for (const job of FREQUENT_JOBS) did += await job.run(parts)
      return did
    },
  }
}
