import type { State, Status } from '@readback/lifecycle'
import { sql } from 'kysely'
import type { Database } from './database.ts'

export type EffectName = { tenant: string; effect: string; key: string }

/** What has become of an intent (requirement Q1): the same object in SQL, over HTTP and on the command line. */
export type EffectStatus = {
  tenant: string
  effect_name: string
  key: string
  status: Status
  /** null: nothing was ever committed under this key. */
  state: State | null
  cause: string | null
  entry_id: string | null
  attempts: number
  receipt: Receipt | null
  history: HistoryItem[]
  next: { what: string; due_at: string | null } | null
}

export type Receipt = {
  verdict: string
  external_id: string | null
  observed_at: string
  evidence: unknown
  contract_version: number
}

/** `at` is RFC 3339 in UTC; what else there is depends on `what`. */
export type HistoryItem = { at: string; what: string; [detail: string]: unknown }

type Row = Omit<EffectStatus, 'history'> & { history: { at: string; what: string; detail: object }[] }

export async function effectStatus(db: Database, name: EffectName): Promise<EffectStatus> {
  const { rows } = await sql<Row>`
    select e.tenant, e.effect_name, e.key, e.status, e.state, e.cause, e.entry_id, e.attempts, e.receipt, e.next,
           (select json_agg(json_build_object('at', readback.utc(t.at), 'what', t.what, 'detail', t.detail))
            from readback.timeline(e.entry_id) t) as history
    from readback.effect e
    where e.tenant = ${name.tenant} and e.effect_name = ${name.effect} and e.key = ${name.key}`.execute(db.kysely)
  const [row] = rows
  return row ? { ...row, history: row.history.map(flat) } : notStarted(name)
}

const flat = ({ at, what, detail }: Row['history'][number]): HistoryItem => ({ at, what, ...detail })

const notStarted = ({ tenant, effect, key }: EffectName): EffectStatus => ({
  tenant,
  effect_name: effect,
  key,
  status: 'not_started',
  state: null,
  cause: null,
  entry_id: null,
  attempts: 0,
  receipt: null,
  history: [],
  next: null,
})
