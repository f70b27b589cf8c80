/** How long what a killed process held was left alone: from its death to the first thing that anybody else wrote about it. */
import { waitFor } from '@readback/testing'
import type pg from 'pg'

type Held = { entry_id: string; fence: string; died_at: Date }

export type Takeovers = {
  /** What the process had under its lease; what it was writing when it died is in the database by then, or never will be. */
  note(pid: number, diedAtMs: number): Promise<void>
  /** Of every entry that was held, in ms. Infinite: nobody has moved it on. */
  waits(): Promise<number[]>
}

const PATIENCE_MS = 20_000

// What its last statement did is to be seen by then.
const LAST_STATEMENT_MS = 300

export function createTakeovers(pool: pg.Pool, rest: (ms: number) => Promise<void>): Takeovers {
  const held: Held[] = []
  return {
    async note(pid, diedAtMs) {
      await rest(LAST_STATEMENT_MS)
      // The database may be down at this moment. The leases stay in it until a leader ends them, 5 s from now at the earliest.
      const look = async () => (await pool.query<Held>(HELD_BY, [`%:${pid}`, new Date(diedAtMs)])).rows
      const seen = await waitFor('the database to say what a killed process held', look, { withinMs: PATIENCE_MS })
      held.push(...seen)
    },
    async waits() {
      const ids = [held.map((each) => each.entry_id), held.map((each) => each.fence)]
      const { rows } = await pool.query<{ moved_at: Date | null }>(MOVED_ON, ids)
      return rows.map(({ moved_at }, index) => {
        const diedAt = held[index]?.died_at.getTime() ?? 0
        return moved_at === null ? Number.POSITIVE_INFINITY : moved_at.getTime() - diedAt
      })
    },
  }
}

const HELD_BY = `
  select d.entry_id, d.fence, $2::timestamptz as died_at
  from readback.process p
  join readback.delivery d on d.lease_owner = p.id
  where p.host like $1 and d.state in ('calling', 'verifying')`

const MOVED_ON = `
  select (select min(a.ended_at) from readback.every_attempt a where a.entry_id = held.entry_id and a.fence > held.fence) as moved_at
  from unnest($1::uuid[], $2::bigint[]) with ordinality as held (entry_id, fence, place)
  order by place`

/** The smallest that a share of all is not above. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
