import { type RawBuilder, sql } from 'kysely'

/** Which dead letters; what is left out matches all. */
export type DeadFilter = {
  tenant?: string
  effect?: string
  cause?: string
  keyPrefix?: string
  entryIds?: readonly string[]
  /** Dead for at least this long. */
  deadForMs?: number
}

/** The condition on `delivery d` joined with `outbox o`. */
export function matchesDead(filter: DeadFilter): RawBuilder<unknown> {
  const { tenant, effect, cause, keyPrefix, entryIds, deadForMs } = filter
  const found = [sql`d.state = 'dead'`]
  if (tenant !== undefined) found.push(sql`d.tenant = ${tenant}`)
  if (effect !== undefined) found.push(sql`d.effect = ${effect}`)
  if (cause !== undefined) found.push(sql`d.cause = ${cause}`)
  if (keyPrefix !== undefined) found.push(sql`starts_with(o.key, ${keyPrefix})`)
  if (entryIds !== undefined) found.push(sql`d.entry_id = any (${entryIds}::uuid[])`)
  if (deadForMs !== undefined) found.push(sql`d.updated_at <= now() - ${deadForMs}::float8 * interval '1 millisecond'`)
  return sql.join(found, sql` and `)
}
