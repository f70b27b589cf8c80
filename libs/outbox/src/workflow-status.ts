import { type Connection, runnerOf } from './sql-runner.ts'
import type { EffectStatus } from './status.ts'

/** What has become of everything that was enqueued with one `workflow`. */
export type WorkflowStatus = {
  tenant: string
  workflow: string
  /**
   * `needs_attention` if one of its entries does; else `in_progress` if one is; else `done` (or `acknowledged`) if all has happened, and
   * `cancelled` if it has ended without all of its effects. `not_started`: nothing was committed under this name.
   */
  status: EffectStatus['status']
  /** By status; `undone` are those whose compensation is done. */
  counts: Record<Exclude<EffectStatus['status'], 'not_started'> | 'total' | 'undone', number>
  /** In the order in which they were committed, compensations among them. */
  entries: (WorkflowMember & {
    external_id: string | null
    after: EntryReference[]
    compensates: string | null
    compensated_by: string | null
    held_by: Blocker[]
  })[]
  /** What is not over. */
  left: WorkflowMember[]
  /** What waits for others, and for which. */
  held: (Omit<EntryReference, 'tenant'> & { held_by: Blocker[] })[]
  /** How many more entries there are than are told. */
  omitted: number
}

type EntryReference = { tenant: string; effect_name: string; key: string; entry_id: string }
type Blocker = EntryReference & { state: string; cause: string | null }
type WorkflowMember = Omit<Blocker, 'tenant'> & { status: EffectStatus['status'] }

/** Asks by the name alone. Inside of a transaction it also sees what that has enqueued. */
export async function workflowStatus(
  on: Connection,
  { tenant, workflow }: { tenant: string; workflow: string },
): Promise<WorkflowStatus> {
  const [row] = await runnerOf(on)(STATUS, [tenant, workflow])
  return JSON.parse((row as { answer: string }).answer)
}

// As text, so that no parser or plug-in of the caller's rewrites what is in it.
const STATUS = 'select readback.workflow_status($1, $2)::text as answer'
