/** What operators do with an entry, by the product's own operations. */
import { randomUUID } from 'node:crypto'
import {
  cancelEntry,
  type Database,
  discardDead,
  type OperatorAnswer,
  type OperatorCommand,
  parkEntry,
  releaseEntry,
  runReplay,
  skipInOrder,
} from '@readback/store'
import type { Model, Verb } from './model.ts'
import type { SteppedWorld } from './stepped-world.ts'

type Operation = (db: Database, command: OperatorCommand & { entryId: string }) => Promise<OperatorAnswer<object>>

const OPERATIONS: Record<Verb, Operation> = {
  cancel: cancelEntry,
  skip: skipInOrder,
  park: parkEntry,
  release: releaseEntry,
  replay: (db, { entryId, ...command }) => runReplay(db, { ...command, filter: { entryIds: [entryId] } }),
  discard: (db, { entryId, ...command }) => discardDead(db, { ...command, filter: { entryIds: [entryId] } }),
}

export const VERBS = Object.keys(OPERATIONS) as Verb[]

export async function operate(model: Model, world: SteppedWorld, verb: Verb, key: string): Promise<void> {
  const entryId = await idOf(world, key)
  if (entryId === null) return
  const calls = await world.callsOf(key)
  const command = { actor: 'model', reason: 'it is a test', idempotencyKey: randomUUID() }
  const answer = await OPERATIONS[verb](world.bench.db, { ...command, entryId })
  if (answer.ok && answer.effect === 'updated') model.operated(key, verb, calls)
}

async function idOf({ bench }: SteppedWorld, key: string): Promise<string | null> {
  const text = 'select entry_id from readback.effect_key where key = $1'
  const { rows } = await bench.db.pool.query<{ entry_id: string }>({ name: 'id_of', text, values: [key] })
  return rows[0]?.entry_id ?? null
}
