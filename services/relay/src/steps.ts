/** What a relay does, without its loops: for tests in which time passes when they say so. */
import { JOBS } from './jobs.ts'
import { createParts, type RelayDeps, type RelayOptions } from './parts.ts'

/** Each returns how much it did. */
export type RelayStep = 'lead' | 'capture' | 'republish' | 'release' | 'sweep' | 'jobs'
export type RelaySteps = Record<RelayStep, () => Promise<number>>

// Partitions, books and old keys are nothing that a test waits for.
const FREQUENT_JOBS = JOBS.filter(({ everyMs }) => everyMs < 10_000)

export function createRelaySteps(deps: RelayDeps, options: RelayOptions): RelaySteps {
  // Ids are made from the time of the server, which no test can move: so whatever is there is old enough.
  const own = { lintKeys: () => {}, graceMs: 0, waitMs: 0, onCaughtUp: () => {}, onWalk: () => {} }
  const { leadership, healer, jobDeps, ...parts } = createParts(deps, options, own)
  return {
    lead: () => leadership.renew(),
    async capture() {
      const count = await parts.capture()
      await parts.writeDown()
      return count
    },
    republish: parts.republish,
    release: parts.releaser.releaseOnce,
    sweep: () => healer.runOnce(),
    async jobs() {
      let did = 0
      if (leadership.shards().length > 0) for (const job of FREQUENT_JOBS) did += await job.run(jobDeps)
      return did
    },
  }
}
