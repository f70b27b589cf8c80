/** A write: what it does to the world, as its fault wants it, and the answer that an honest provider would give. */

import { type Answer, errorAnswer } from './answer.ts'
import { type Effect, type Json, render } from './effects.ts'
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
      return remember(world, write, errorAnswer(500, 'internal'))
    case 'dropped':
      return drop(world, write, fault)
    default:
      return store(world, write, fault, entry)
  }
}

/** Does it, unless the provider knows the key. */
function store(world: World, write: Write, fault: DetailedFault, entry: LedgerEntry): Answer {
  const known = recall(world, write)
  if (known) return known
  const overwritten = onRepeat(world) === 'overwrites' ? world.effects.withKey(write.collection, write.key) : undefined
  if (overwritten) {
    world.effects.replace(overwritten.id, write.body)
    entry.applied += 1
    return { status: 200, body: render(overwritten) }
  }
  return remember(world, write, act(world, write, fault, entry))
}

function act(world: World, write: Write, fault: DetailedFault, entry: LedgerEntry): Answer {
  const { storing } = FAULTS[fault.name]
  const atMs = world.now()
  const body = storing === 'altered' ? alter(write.body, fault.store) : write.body
  const effect = { collection: write.collection, key: write.key, body, atMs }
  const visibleAtMs = storing === 'hidden' ? atMs + (fault.delayMs ?? 0) : atMs
  const first = world.effects.add(effect, visibleAtMs)
  if (storing === 'twice') world.effects.add(effect, visibleAtMs)
  entry.applied += storing === 'twice' ? 2 : 1
  // The answer shows what was sent: only a look can tell that something else was stored.
  return created({ ...first, body: write.body })
}

function drop(world: World, write: Write, fault: DetailedFault): Answer {
  const known = recall(world, write)
  if (known) return known
  const answer = created({ ...write, id: `${write.collection}_dropped_${world.ledger.length}`, atMs: world.now() })
  return fault.remembered ? remember(world, write, answer) : answer
}

function recall(world: World, { collection, key, fingerprint }: Write): Answer | undefined {
  if (key === null || !isKeyed(world)) return undefined
  const recall = world.keys.recall(`${collection}\0${key}`, fingerprint, world.now())
  if (recall.is === 'new') return undefined
  if (recall.is === 'other-body') return errorAnswer(world.options.otherBodyStatus ?? 422, 'key_reused')
  return onRepeat(world) === 'refused' && recall.answer.status < 300
    ? errorAnswer(409, 'exists')
    : { ...recall.answer, headers: { 'idempotent-replayed': 'true' } }
}

function remember(world: World, { collection, key, fingerprint }: Write, answer: Answer): Answer {
  if (key !== null && isKeyed(world)) world.keys.remember(`${collection}\0${key}`, fingerprint, answer, world.now())
  return answer
}

const isKeyed = (world: World): boolean => (world.options.kind ?? 'keyed') === 'keyed'

const onRepeat = (world: World): OnRepeat => world.options.repeat ?? (isKeyed(world) ? 'same_answer' : 'acts_again')

const created = (effect: Effect): Answer => ({ status: 201, body: render(effect) })

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
