import type { State, Status } from '@readback/lifecycle'
import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'

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
  /** What it waits for, ten at most; null unless it is held by other entries. */
  held_by: HeldBy[] | null
  /** The entry that this one undoes. */
  compensates: string | null
  compensated_by: string | null
}

export type HeldBy = {
  tenant: string
  effect_name: string
  key: string
  entry_id: string
  state: State
  cause: string | null
}

export type Receipt = {
  verdict: string
  external_id: string | null
  observed_at: string
  evidence: unknown
  contract_version: number
  /** What the contract keeps of the effect (`verify.keep`), by name; null when it keeps nothing. */
  kept: Record<string, string | number | boolean | null> | null
}

/** `at` is RFC 3339 in UTC; what else there is depends on `what`. */
export type HistoryItem = { at: string; what: string; [detail: string]: unknown }

export async function effectStatus(db: Database, { tenant, effect, key }: EffectName): Promise<EffectStatus> {
  const { rows } = await sql<{
    status: EffectStatus
  }>`select readback.status(${tenant}, ${effect}, ${key}) as status`.execute(db.kysely)
  const [row] = rows
  if (!row) throw new Error('a select without from has one row')
  return row.status
}
