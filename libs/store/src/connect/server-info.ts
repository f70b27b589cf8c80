import { sql } from 'kysely'
import type { Database } from './database.ts'

export type ServerInfo = {
  version: string
  /** A standby that only follows: nothing can be committed there. */
  read_only: boolean
  /** Until when weekly partitions are there; null: not migrated. */
  partitions_until: string | null
  /** Those of `0005_roles.sql` that this user has. */
  roles: string[]
}

/** Rejects if the server does not answer. */
export async function serverInfo(db: Database): Promise<ServerInfo> {
  const { rows } = await sql<ServerInfo>`
    select current_setting('server_version') as version, pg_is_in_recovery() as read_only,
           (select to_char(to_date(max(substring(relname from '[0-9]{8}$')), 'YYYYMMDD') + 7, 'YYYY-MM-DD')
            from pg_class where relnamespace = to_regnamespace('readback') and relname ~ '^outbox_[0-9]{8}$') as partitions_until,
           array(select rolname::text from pg_roles where rolname like 'readback\\_%' and pg_has_role(oid, 'member') order by 1) as roles
  `.execute(db.kysely)
  const [row] = rows
  if (!row) throw new Error('a select without from has one row')
  return row
}
