import type { Reached } from '@readback/service-kit'
import { type Database, releaseHeld } from '@readback/store'
import type { Leadership } from './leadership.ts'
import type { RelayObservation } from './observation.ts'
import type { Publish } from './publish.ts'
import type { Wake } from './wake.ts'

export type ReleaseDeps = {
  db: Database
  leadership: Pick<Leadership, 'shards'>
  wake: Pick<Wake, 'has' | 'done'>
  publish: Publish
  monotonicMs: () => number
  observe: (observation: RelayObservation) => void
  reached: Reached
}

const PORTION_ROWS = 500
// Where one entry of a chain has ended, the next one will soon.
const AWAKE_MS = 1_000

export type Releaser = {
  /** Returns how much it looked at. */
  releaseOnce(): Promise<number>
  /** Whether the next step of a chain is expected at any moment. */
  isAwake(): boolean
}

/**
 * Lets go what was held for something that has ended, and publishes it at once: each step of a chain passes here. What is
 * released and not published, because the process died in between, is due, and published again with all that is.
 */
export function createReleaser(deps: ReleaseDeps): Releaser {
  let foundAtMs = Number.NEGATIVE_INFINITY
  const isAwake = () => deps.monotonicMs() - foundAtMs < AWAKE_MS

  async function releaseOnce() {
    const shards = deps.leadership.shards()
    if (shards.length === 0 || !(isAwake() || deps.wake.has('ended'))) return 0

    const { released, looked } = await releaseHeld(deps.db, { shards, limit: PORTION_ROWS })
    if (looked === 0) {
      deps.wake.done('ended')
      return 0
    }
    foundAtMs = deps.monotonicMs()
    if (released.length === 0) return looked
    deps.reached('released')
    await deps.publish(
      'deliver',
      released.filter(({ early }) => !early),
    )
    deps.observe({ type: 'entries_released', count: released.length })
    return looked
  }
  return { releaseOnce, isAwake }
}
