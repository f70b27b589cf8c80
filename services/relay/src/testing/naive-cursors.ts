import { runLoop } from '@readback/service-kit'
import pg from 'pg'

/** A cursor that others use. Runs beside the relay, to show that the test can tell a wrong one from a right one. */
export type NaiveCursor = { keys: Set<string>; stop(): Promise<void> }

/** Reads on after the highest position seen. What commits late with a lower one is passed over. */
export const startSequenceCursor = (databaseUrl: string): Promise<NaiveCursor> => {
  let position = -1
  return start(databaseUrl, async (client) => {
    const { rows } = await client.query<{ key: string; position: string }>(
      'select key, position from readback.outbox where position > $1 order by position',
      [position],
    )
    position = Number(rows.at(-1)?.position ?? position)
    return rows
  })
}

/** Reads what is older than every open transaction of the whole cluster: one that stays open stops it. */
export const startXminCursor = (databaseUrl: string): Promise<NaiveCursor> => {
  let xmin = '0'
  return start(databaseUrl, async (client) => {
    const { rows } = await client.query<{ key: string | null; xmin: string }>(
      `with horizon as materialized (select pg_snapshot_xmin(pg_current_snapshot()) as xmin)
       select h.xmin::text, o.key from horizon h left join readback.outbox o on o.xid >= $1::text::xid8 and o.xid < h.xmin`,
      [xmin],
    )
    xmin = rows[0]?.xmin ?? xmin
    return rows.flatMap(({ key }) => (key === null ? [] : { key }))
  })
}

async function start(
  databaseUrl: string,
  read: (client: pg.Client) => Promise<{ key: string }[]>,
): Promise<NaiveCursor> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const keys = new Set<string>()
  const stop = new AbortController()
  const runOnce = async () => {
    const rows = await read(client)
    for (const { key } of rows) keys.add(key)
    return rows.length
  }
  const reading = runLoop({
    name: 'naive cursor',
    runOnce,
    idleMs: { first: 2, max: 10 },
    signal: stop.signal,
    observe: ({ error }) => {
      throw error
    },
  })
  return {
    keys,
    async stop() {
      stop.abort()
      await reading
      await client.end()
    },
  }
}
