/** A write: what it does to the world, as its fault wants it, and the answer that an honest provider would give. */

import { type Answer, errorAnswer } from './answer.ts'
import { type Json, render } from './effects.ts'
import { type DetailedFault, FAULTS } from './fault.ts'
import type { LedgerEntry } from './ledger.ts'
import type { OnRepeat } from './options.ts'
import type { World } from './world.ts'

export interface Write {
  collection: string
  key: string | null
  fingerprint: string
  body: Json
}

export function applyWrite(world: World, write: Write, fault: DetailedFault, entry: LedgerEntry): Answer {
  switch (FAULTS[fault.name].storing) {
    case 'nothing':
      return errorAnswer(500, 'not_done')
    case 'late':
      world.later(fault.delayMs ?? 0, () => store(world, write, fault, entry))
      return errorAnswer(500, 'not_done')
    case 'poisoned':
      return recall(world, write) ?? remember(world, write, errorAnswer(500, 'internal'))
    case 'dropped':
      return drop(world, write, fault, entry)
    default:
      return store(world, write, fault, entry)
  }
}

/** Does it, unless the provider knows the key. */
function store(world: World, write: Write, fault: DetailedFault, entry: LedgerEntry): Answer {
  const known = recall(world, write)
  if (known) return known
  const overwritten =
    onRepeat(world) === 'overwrites' ? world.effects.of(write.collection).withKey(write.key) : undefined
  if (overwritten) {
    overwritten.body = write.body
    entry.applied += 1
    return { status: 200, body: render(overwritten) }
  }
  return remember(world, write, act(world, write, fault, entry))
}

function act(world: World, write: Write, fault: DetailedFault, entry: LedgerEntry): Answer {
  const { storing } = FAULTS[fault.name]
  const atMs = world.now()
  const body = storing === 'altered' ? alter(write.body, fault.store) : write.body
  const visibleAtMs = storing === 'hidden' ? atMs + (fault.delayMs ?? 0) : atMs
  const collection = world.effects.of(write.collection)
  const times = storing === 'twice' ? 2 : 1
  const [first] = Array.from({ length: times }, () => collection.add(write.key, body, atMs, visibleAtMs))
  entry.applied += times
  // The answer shows what was sent: only a look can tell that something else was stored.
  return created(first?.id ?? '', write)
}

function drop(world: World, write: Write, fault: DetailedFault, entry: LedgerEntry): Answer {
  const known = recall(world, write)
  if (known) return known
  const answer = created(`${write.collection}_dropped_${entry.seq}`, write)
  return fault.remembered ? remember(world, write, answer) : answer
}

function recall(world: World, { collection, key, fingerprint }: Write): Answer | undefined {
  if (key === null || !isKeyed(world)) return undefined
  const recall = world.keys.recall(collection, key, fingerprint, world.now())
  if (recall.is === 'new') return undefined
  if (recall.is === 'other-body') return errorAnswer(world.options.otherBodyStatus ?? 422, 'key_reused')
  return onRepeat(world) === 'refused' && recall.answer.status < 300
    ? errorAnswer(409, 'exists')
    : { ...recall.answer, headers: { 'idempotent-replayed': 'true' } }
}

function remember(world: World, { collection, key, fingerprint }: Write, answer: Answer): Answer {
  if (key !== null && isKeyed(world)) world.keys.remember(collection, key, { fingerprint, answer, atMs: world.now() })
  return answer
}

const isKeyed = (world: World): boolean => (world.options.kind ?? 'keyed') === 'keyed'

const onRepeat = (world: World): OnRepeat => world.options.repeat ?? (isKeyed(world) ? 'same_answer' : 'acts_again')

const created = (id: string, { key, body }: Write): Answer => ({ status: 201, body: render({ id, key, body }) })

/** Every number is off by one; where there is none, every text has something appended. */
function alter(body: Json, store: Json | undefined): Json {
  if (store) return { ...body, ...store }
  const hasNumber = Object.values(body).some((value) => typeof value === 'number')
  const other = (value: unknown) => {
    if (typeof value === 'number') return value + 1
    return typeof value === 'string' && !hasNumber ? `${value} (other)` : value
  }
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, other(value)]))
}
