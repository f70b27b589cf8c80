import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

export type ProcessIdentity = { id: string; role: string; host: string }

/** Makes a process known; only then may it hold leases. Answers with the database's time, in milliseconds since 1970. */
export async function registerProcess(db: Database, process: ProcessIdentity): Promise<number> {
  const [row] = await register(db.pool, [process.id, process.role, process.host])
  if (!row) throw new Error('an upsert has one row')
  return row.now_ms
}

/** Says "still here", and hears the database's time. Null: it was declared lost, its leases are gone, and it must go on under another id. */
export async function touchProcess(db: Database, id: string): Promise<number | null> {
  const [row] = await touch(db.pool, [id])
  return row?.now_ms ?? null
}

/** A process that stops in order; its leases, if any are left, run out at once. */
export async function leaveProcess(db: Database, id: string): Promise<void> {
  await leave(db.pool, [id])
}

/**
 * Declares processes lost that were not seen for so long, and ends their leases at once: what they were doing becomes an
 * unknown outcome within seconds, however long the lease was.
 */
export async function reapLostProcesses(db: Database, lostAfterMs: number): Promise<number> {
  return (await reap(db.pool, [lostAfterMs])).length
}

const NOW_MS = 'extract(epoch from clock_timestamp())::float8 * 1000 as now_ms'

const register = statement<{ now_ms: number }>(
  'register_process',
  `insert into readback.process (id, role, host) values ($1::uuid, $2, $3)
   on conflict (id) do update set seen_at = now()
   returning ${NOW_MS}`,
)

const touch = statement<{ now_ms: number }>(
  'touch_process',
  `
  -- Losing this write in a crash costs nothing: the next beat repeats it.
  with quick as materialized (select set_config('synchronous_commit', 'off', true))
  update readback.process set seen_at = now() from quick where id = $1::uuid returning ${NOW_MS}
  `,
)

// What has run out already needs no end. By the index of leases: dead letters and what waits for its time are not in it.
const LEASED = 'd.lease_until > now()'

const leave = statement(
  'leave_process',
  `
  with gone as (delete from readback.process where id = $1::uuid returning id)
  update readback.delivery d set lease_until = now() from gone where ${LEASED} and d.lease_owner = gone.id
  `,
)

const reap = statement<{ id: string }>(
  'reap_lost_processes',
  `
  with lost as (
    delete from readback.process where seen_at < now() - $1::float8 * interval '1 millisecond' returning id, seen_at
  ),
  freed as (
    update readback.delivery d
    set lease_until = now(),
        -- Until it was lost it may have begun what it had claimed long before; from then on a call has its whole time-out.
        quiet_from  = case when d.state = 'calling'
                           then greatest(d.quiet_from, lost.seen_at + $1::float8 * interval '1 millisecond' + (d.quiet_from - d.updated_at))
                           else d.quiet_from end
    from lost where ${LEASED} and d.lease_owner = lost.id
  )
  select id from lost
  `,
)
