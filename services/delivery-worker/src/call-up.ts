import { createHandOn, refOf } from '@readback/dispatch'
import { createGroupCommit } from '@readback/service-kit'
import { callUp } from '@readback/store'
import { groupBy } from './group-by.ts'
import type { Job } from './job.ts'
import type { WorkerDeps, WorkerOptions } from './ports.ts'

const JOBS_MAX = 500

/**
 * Whoever ends a call that had a slot lets the next one go that waits for it, whichever process that came to. Call it when the end has been
 * written down: until then the slot is taken.
 */
export function createCallUp(deps: WorkerDeps, options: Pick<WorkerOptions, 'source'>): (ended: Job) => Promise<void> {
  const toWorkers = createHandOn(deps.dispatch, 'deliver', deps.observe)
  const commit = createGroupCommit<Job, null>({
    async flush(ended) {
      const slots = ended.map(({ claimed: { effect, tenant } }) => ({ effect, tenant }))
      const freed = [...groupBy(slots, ({ effect, tenant }) => `${effect}\n${tenant}`).values()]
      const rows = await callUp(
        deps.db,
        freed.flatMap(([slot, ...others]) => (slot ? [{ ...slot, slots: 1 + others.length }] : [])),
      )
      toWorkers(rows.map((row) => refOf(row, options.source)))
      return ended.map(() => null)
    },
    itemsMax: JOBS_MAX,
  })

  return async function letNextGo(ended) {
    // Only sooner than they would ask by themselves, so nothing depends on it.
    if (ended.hasSlot) await commit.push(ended).catch(() => {})
  }
}
