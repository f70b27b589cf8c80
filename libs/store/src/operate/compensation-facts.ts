import { createHash } from 'node:crypto'
import type { State } from '@readback/lifecycle'
import { type RawBuilder, sql } from 'kysely'
import type { Operation } from './operate.ts'

/** What is to be undone: one entry, or all of a workflow. */
export type CompensationTarget = { entryId: string } | { tenant: string; workflow: string }

/** Everything that decides whether an entry can be undone, and what its compensation is made from. */
export type CompensationFact = {
  entry_id: string
  tenant: string
  effect_name: string
  effect_version: number
  key: string
  workflow: string | null
  /** JSON text, as it was given. */
  payload: string
  committed_at: string
  state: State
  cause: string | null
  /** A call may have left. */
  called: boolean
  external_id: string | null
  /** JSON text of objects by name. */
  kept: string | null
  prepared: string | null
  /** The entry that this one undoes. */
  compensates: string | null
  compensation: { entry_id: string; effect_name: string; key: string; state: State; cause: string | null } | null
}

export type CompensationFacts = {
  /** In the order in which they were committed. */
  entries: CompensationFact[]
  /** Names them in this state: it changes as soon as one joins, moves or is undone. */
  plan_hash: string
}

/** Undone in one transaction, in one order. */
const WORKFLOW_ENTRIES_MAX = 1_000

/** Empty where there is no such entry or workflow; `too_many` where one command may not undo them all. */
export async function compensationFacts(
  on: Operation,
  target: CompensationTarget,
): Promise<CompensationFacts | 'too_many'> {
  const { rows } = await sql<CompensationFact>`
    select o.entry_id, o.tenant, o.effect as effect_name, o.effect_version, o.key, o.workflow, o.payload::text as payload,
           readback.utc(o.created_at) as committed_at, coalesce(s.state, d.state, 'pending') as state, coalesce(s.cause, d.cause) as cause,
           -- A replay counts attempts from 0 again, so the rows of earlier ones are asked too.
           d.first_called_at is not null or coalesce(s.attempts > 0, false)
             or exists (select from readback.attempt a where a.entry_id = o.entry_id and a.kind = 'call') as called,
           coalesce(s.external_id, d.external_id) as external_id, s.kept::text as kept, s.prepared::text as prepared, o.compensates,
           (select json_build_object('entry_id', c.entry_id, 'effect_name', c.effect, 'key', c.key,
              'state', coalesce(cs.state, cd.state, 'pending'), 'cause', coalesce(cs.cause, cd.cause))
            from readback.outbox c
            left join readback.delivery cd on cd.entry_id = c.entry_id
            left join readback.settlement cs on cs.entry_id = c.entry_id
            where c.compensates = o.entry_id
            order by c.position desc limit 1) as compensation
    from readback.outbox o
    left join readback.delivery d on d.entry_id = o.entry_id
    left join readback.settlement s on s.entry_id = o.entry_id
    where ${isTarget(target)}
    order by o.position
    limit ${WORKFLOW_ENTRIES_MAX + 1}`.execute(on)
  return rows.length > WORKFLOW_ENTRIES_MAX ? 'too_many' : { entries: rows, plan_hash: hashOf(rows) }
}

const isTarget = (target: CompensationTarget): RawBuilder<unknown> =>
  'entryId' in target
    ? sql`o.entry_id = ${target.entryId}::uuid`
    : sql`o.tenant = ${target.tenant} and o.workflow = ${target.workflow}`

function hashOf(entries: readonly CompensationFact[]): string {
  const states = entries.map(({ entry_id, state, compensation }) => [entry_id, state, compensation])
  return createHash('sha256').update(JSON.stringify(states)).digest('hex')
}
