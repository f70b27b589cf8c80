/** An application service: its own row and the intent in one transaction. */
import pg from 'pg'
import { intentOf, type Order } from './intent.ts'
import type { Enqueued, Model } from './model.ts'
import type { SteppedWorld } from './stepped-world.ts'

export type Enqueue = Order & { end: 'commit' | 'rollback' }

export async function enqueue(model: Model, world: SteppedWorld, given: Enqueue): Promise<void> {
  // A repeat says the same as the first, or the payload alone is another: what it waits for is not asked again.
  const order = model.isNew(given.key) ? given : { ...given, after: null }
  const expected = model.expected(order)
  const answer = await transact(world, order)
  if (answer !== expected) throw new Error(`K4: the enqueue of ${order.key} was answered ${answer}, not ${expected}`)
  model.told(order, answer === 'created' && order.end === 'commit' ? 'committed' : 'rolled_back')
}

const REFUSALS: Record<string, Enqueued> = { RB001: 'conflict', RB006: 'no_such_entry' }

async function transact({ bench }: SteppedWorld, { end, ...order }: Enqueue): Promise<Enqueued> {
  const { key } = order
  const { tenant, effect, payload } = intentOf(order)
  const body = JSON.stringify(payload)
  const after = order.after === null ? null : JSON.stringify([nameOf(order.after)])
  const client = await bench.db.pool.connect()
  try {
    const [, , { rows }] = await Promise.all([
      client.query('begin'),
      client.query({ name: 'place_order', text: PLACE, values: [key, body] }),
      client.query<{ effect: Enqueued }>({
        name: 'enqueue',
        text: ENQUEUE,
        values: [tenant, effect, key, body, order.inRow ? 'row' : null, after],
      }),
    ])
    await client.query(end)
    return rows[0]?.effect ?? 'conflict'
  } catch (error) {
    await client.query('rollback')
    const refusal = error instanceof pg.DatabaseError ? REFUSALS[error.code ?? ''] : undefined
    if (refusal) return refusal
    throw error
  } finally {
    client.release()
  }
}

function nameOf(key: string) {
  return { effect: intentOf({ key, amount: 0 }).effect, key }
}

const PLACE = 'insert into placed_order values ($1, $2) on conflict do nothing'
const ENQUEUE = 'select effect from readback.enqueue($1, $2, $3, $4, ordering_key => $5, after => $6)'
