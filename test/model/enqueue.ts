/** An application service: its own row and the intent in one transaction. */
import pg from 'pg'
import { type Enqueued, intentOf, type Model } from './model.ts'
import type { SteppedWorld } from './stepped-world.ts'

export type End = 'commit' | 'rollback'

export async function enqueue(
  model: Model,
  world: SteppedWorld,
  { key, amount, end }: { key: string; amount: number; end: End },
): Promise<void> {
  const expected = model.expected(key, amount)
  const answer = await transact(world, { key, amount, end })
  if (answer !== expected)
    throw new Error(`K4: the enqueue of ${key} with amount ${amount} was answered ${answer}, not ${expected}`)
  model.told(key, amount, answer === 'created' && end === 'commit' ? 'committed' : 'rolled_back')
}

async function transact(
  { bench }: SteppedWorld,
  { key, amount, end }: { key: string; amount: number; end: End },
): Promise<Enqueued> {
  const { tenant, effect, payload } = intentOf(key, amount)
  const client = await bench.db.pool.connect()
  const body = JSON.stringify(payload)
  try {
    const [, , { rows }] = await Promise.all([
      client.query('begin'),
      client.query({
        name: 'place_order',
        text: 'insert into placed_order values ($1, $2) on conflict do nothing',
        values: [key, body],
      }),
      client.query<{ effect: Enqueued }>({ name: 'enqueue', text: ENQUEUE, values: [tenant, effect, key, body] }),
    ])
    await client.query(end)
    return rows[0]?.effect ?? 'conflict'
  } catch (error) {
    await client.query('rollback')
    if (error instanceof pg.DatabaseError && error.code === 'RB001') return 'conflict'
    throw error
  } finally {
    client.release()
  }
}

const ENQUEUE = 'select effect from readback.enqueue($1, $2, $3, $4)'
