import { HOLD_REASONS, type HoldReason, type State } from '@readback/lifecycle'
import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { type EffectStatus, effectStatus } from './effect-status.ts'

/** Everything that decides what happens to one entry, with a sentence that says what that is. */
export type EntryExplanation = EffectStatus & {
  explanation: string
  effect_version: number
  ordering_key: string
  workflow: string | null
  actor: string | null
  committed_at: string
  /** The live row: null while the entry is pending, and after it has settled. */
  live: LiveDetail | null
}

export type LiveDetail = {
  fence: number
  reason: string | null
  due_at: string | null
  lease_until: string | null
  last_outcome: string | null
  external_id: string | null
  first_called_at: string | null
  unknown_since: string | null
  absences: number
  misses: number
}

type Row = Omit<EntryExplanation, keyof EffectStatus | 'explanation'> & { tenant: string; effect: string; key: string }

/** null: no entry has this id. */
export async function explainEntry(db: Database, entryId: string): Promise<EntryExplanation | null> {
  const { rows } = await sql<Row>`
    select o.tenant, o.effect, o.key, o.effect_version, coalesce(o.ordering_key, o.key) as ordering_key, o.workflow, o.actor,
           readback.utc(o.created_at) as committed_at,
           case when d.entry_id is not null then json_build_object(
             'fence', d.fence, 'reason', d.reason, 'due_at', readback.utc(d.due_at), 'lease_until', readback.utc(d.lease_until),
             'last_outcome', d.last_outcome, 'external_id', d.external_id, 'first_called_at', readback.utc(d.first_called_at),
             'unknown_since', readback.utc(d.unknown_since), 'absences', d.absences, 'misses', d.misses) end as live
    from readback.outbox o
    left join readback.delivery d using (entry_id)
    where o.entry_id = ${entryId}::uuid`.execute(db.kysely)
  const [row] = rows
  if (!row) return null
  const { tenant, effect, key, ...entry } = row
  const status = await effectStatus(db, { tenant, effect, key })
  return { ...status, ...entry, explanation: explanationOf(status) }
}

function explanationOf({ state, cause }: EffectStatus): string {
  if (state === null) return 'Its key has expired.'
  const hold = HOLD_REASONS.find((reason) => state === 'held' && reason === cause)
  return hold ? HOLDS[hold] : EXPLANATIONS[state]
}

const HOLDS: Record<HoldReason, string> = {
  after:
    'Waits for the entries in held_by to be done. One that has ended otherwise never will be: release it, or cancel it.',
  order:
    'Waits for the earlier entries of its ordering key to end. The first in held_by decides; readback blocked skip lets others pass it.',
  approval: 'Waits for an approval.',
  parked: 'Put aside by a person. It waits until it is released or cancelled; the others of its key go on.',
}

const EXPLANATIONS: Record<State, string> = {
  pending: 'Committed, and not yet claimed by a worker.',
  scheduled: 'Waits until it is due; the reason says for what. It will be called then.',
  held: 'Waits for other entries, or for a person.',
  calling: 'A worker has it under a lease and may be calling at this moment.',
  unknown: 'The effect may or may not exist. It is not called again before a read-back has shown which.',
  verifying: 'The call was accepted, or a read-back is looking. Only a receipt makes it done.',
  dead: 'Needs a person; the cause says why. Replay looks first and sends only what is not there; discard gives it up.',
  done: 'Read back from the provider and found as asked for. The receipt says what was seen.',
  acknowledged: 'Accepted by a provider that offers no way to look. Nobody has seen the effect.',
  cancelled: 'Cancelled before it was called.',
  expired: 'Ended before it was called, because its time had passed.',
  discarded: 'Given up by a person.',
}
