/** What operators do with an entry, by the product's own operations. */
import { randomUUID } from 'node:crypto'
import { cancelEntry, discardDead, runReplay } from '@readback/store'
import type { Model, Verb } from './model.ts'
import type { SteppedWorld } from './stepped-world.ts'

export async function operate(
  model: Model,
  world: SteppedWorld,
  { verb, key }: { verb: Verb; key: string },
): Promise<void> {
  const entryId = await idOf(world, key)
  if (entryId === null) return
  const { db } = world.bench
  const command = { actor: 'model', reason: 'it is a test', idempotencyKey: randomUUID() }
  const filter = { entryIds: [entryId] }
  const calls = await world.callsOf(key)
  const answer =
    verb === 'cancel'
      ? await cancelEntry(db, { ...command, entryId })
      : await (verb === 'replay' ? runReplay : discardDead)(db, { ...command, filter })
  if (verb !== 'replay' && answer.ok && answer.effect === 'updated') model.ended(key, verb, calls)
}

async function idOf({ bench }: SteppedWorld, key: string): Promise<string | null> {
  const { rows } = await bench.db.pool.query<{ entry_id: string }>({
    name: 'id_of',
    text: 'select entry_id from readback.effect_key where key = $1',
    values: [key],
  })
  return rows[0]?.entry_id ?? null
}
