import { statement } from '../connect/statement.ts'

/**
 * Waits in the database until intents are there that a snapshot does not show, for so many milliseconds at most ($4): of the shards $3, with ids
 * from $2 on. A question that is sent behind it, on the same connection, reads them.
 */
export const awaitIntents = statement<Record<string, never>>(
  'await_intents',
  `select from readback.await_intents($1::pg_snapshot, $2::uuid, $3::smallint[], $4::float8 * interval '1 millisecond')`,
)
