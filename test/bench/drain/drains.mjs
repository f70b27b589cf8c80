// Two ways to get a backlog out of a database, to the same dispatch.
import { randomUUID } from 'node:crypto'
import { refOf } from '@readback/dispatch'
import { startRelay } from '@readback/relay'
import { connect } from '../worlds/database.mjs'

/** The relay of the product, from its start until its cursor has moved behind the last row. */
export async function drainByRelay({ db }, dispatch, rows) {
  const relayId = randomUUID()
  let failed = () => {}
  const drained = new Promise((resolve, reject) => {
    failed = reject
    dispatch.onMoved = () => dispatch.count >= rows && resolve()
  })
  const relay = startRelay(
    {
      db,
      dispatch,
      processId: () => relayId,
      monotonicMs: () => performance.now(),
      observe: ({ type, error }) => type === 'loop_failed' && failed(error),
      reached: (point) => point === 'cursor_moved' && dispatch.onMoved(),
    },
    { source: 'bench', role: 'relay', inProcess: false, retentionMs: null },
  )
  try {
    await drained
  } finally {
    await relay.stop()
  }
}

const NEXT = `
  select entry_id, tenant, effect, key, coalesce(ordering_key, key) as ordering_key, traceparent, priority, position
  from polled_outbox where not published order by position limit $1 for update skip locked`
const MARK = 'update polled_outbox set published = true where position = any ($1::bigint[])'

/** The usual loop. It reads no more of a row than the relay does, though most would read the payload as well. */
export async function drainByPolling({ url }, dispatch, batch) {
  const client = await connect(url)
  for (let more = true; more; ) {
    await client.query('begin')
    const { rows } = await client.query({ name: 'next', text: NEXT, values: [batch] })
    await dispatch.publish(
      'deliver',
      rows.map((row) => refOf(row, 'bench')),
    )
    await client.query({ name: 'mark', text: MARK, values: [rows.map((row) => row.position)] })
    await client.query('commit')
    more = rows.length > 0
  }
  await client.end()
}
