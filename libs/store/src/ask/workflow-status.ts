import type { State, Status } from '@readback/lifecycle'
import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'

/** What has become of a workflow: the same object in SQL, on the command line and for applications. */
export type WorkflowStatus = {
  tenant: string
  workflow: string
  status: Status
  /** By status; `undone` are those whose compensation is done. */
  counts: Record<Exclude<Status, 'not_started'> | 'total' | 'undone', number>
  /** In the order in which they were committed, compensations among them. */
  entries: WorkflowEntry[]
  /** What is not over. */
  left: Pick<WorkflowEntry, 'effect_name' | 'key' | 'entry_id' | 'status' | 'state' | 'cause'>[]
  /** What waits for others, and for which. */
  held: Pick<WorkflowEntry, 'effect_name' | 'key' | 'entry_id' | 'held_by'>[]
  /** How many more entries there are than are told. */
  omitted: number
}

type EntryName = { tenant: string; effect_name: string; key: string; entry_id: string }

export type WorkflowEntry = Omit<EntryName, 'tenant'> & {
  status: Status
  state: State
  cause: string | null
  external_id: string | null
  after: EntryName[]
  /** The entry that this one undoes. */
  compensates: string | null
  compensated_by: string | null
  held_by: (EntryName & { state: State; cause: string | null })[]
}

export async function workflowStatus(
  db: Database,
  { tenant, workflow }: { tenant: string; workflow: string },
): Promise<WorkflowStatus> {
  const { rows } = await sql<{
    status: WorkflowStatus
  }>`select readback.workflow_status(${tenant}, ${workflow}) as status`.execute(db.kysely)
  const [row] = rows
  if (!row) throw new Error('a select without from has one row')
  return row.status
}
