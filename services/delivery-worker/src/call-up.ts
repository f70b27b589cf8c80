import { createHandOn, refOf } from '@readback/dispatch'
import { createGroupCommit } from '@readback/service-kit'
import { callUp, type FreedSlots } from '@readback/store'
import { groupBy } from './group-by.ts'
import type { Job } from './job.ts'
import type { WorkerDeps, WorkerOptions } from './ports.ts'

const LINES_MAX = 500

export type CallUp = {
  /** Lets the next one go that waits for the slot of this call. The end must have been written down: until then the slot is taken. */
  whenEnded(job: Job): Promise<void>
  /** The same for slots that are free, though somebody stands in line for them. */
  forUnused(slots: readonly FreedSlots[]): void
}

/** Whoever has a slot to give lets those go that wait for it, whichever process they came to. */
export function createCallUp(deps: WorkerDeps, options: Pick<WorkerOptions, 'source'>): CallUp {
  const toWorkers = createHandOn(deps.dispatch, 'deliver', deps.observe)
  const commit = createGroupCommit<FreedSlots, null>({
    async flush(freed) {
      const lines = groupBy(freed, ({ effect, tenant }) => `${effect}\n${tenant}`)
      const rows = await callUp(deps.db, [...lines.values()].flatMap(sumOf))
      toWorkers(rows.map((row) => refOf(row, options.source)))
      return freed.map(() => null)
    },
    itemsMax: LINES_MAX,
  })
  // Only sooner than they would ask by themselves, so nothing depends on it.
  const give = (slots: FreedSlots) => commit.push(slots).catch(() => {})

  return {
    async whenEnded({ hasSlot, claimed: { effect, tenant } }) {
      if (hasSlot) await give({ effect, tenant, slots: 1 })
    },
    forUnused(slots) {
      for (const each of slots) void give(each)
    },
  }
}

function sumOf(freed: readonly FreedSlots[]): FreedSlots[] {
  const [first] = freed
  return first ? [{ ...first, slots: freed.reduce((sum, { slots }) => sum + slots, 0) }] : []
}
