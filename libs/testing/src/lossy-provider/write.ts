/** A write: what it does to the world, as its fault wants it, and the answer that an honest provider would give. */

import { type Answer, errorAnswer, worded } from './answer.ts'
import { type Behaviour, isKeyed, onRepeat, type Rule } from './behaviour.ts'
import type { Effect, Json, Sight, Stored } from './effects.ts'
import { type DetailedFault, FAULTS } from './fault.ts'
import { written } from './format.ts'
import type { LedgerEntry } from './ledger.ts'
import { behaviourOf } from './options.ts'
import { atPointer } from './pointer.ts'
import { shown, withKey } from './shown.ts'
import type { World } from './world.ts'

export interface Write {
  collection: string
  key: string | null
  fingerprint: string
  body: Json
}

/** A write with what decides about it. */
interface Deed extends Write {
  world: World
  fault: DetailedFault
  entry: LedgerEntry
  behaviour: Behaviour
  rule: Rule | undefined
}

export function applyWrite(world: World, write: Write, fault: DetailedFault, entry: LedgerEntry): Answer {
  const behaviour = behaviourOf(world.options, write.collection)
  const deed: Deed = { ...write, world, fault, entry, behaviour, rule: ruleFor(behaviour, write.body) }
  switch (FAULTS[fault.name].storing) {
    case 'nothing':
      return errorAnswer(500, 'not_done')
    case 'late':
      world.later(fault.delayMs ?? 0, () => store(deed))
      return errorAnswer(500, 'not_done')
    case 'poisoned':
      return recall(deed) ?? remember(deed, errorAnswer(500, 'internal'))
    case 'dropped':
      return drop(deed)
    default:
      return store(deed)
  }
}

/** Does it, unless the provider knows the key. */
function store(deed: Deed): Answer {
  const known = recall(deed)
  if (known) return known
  const { world, collection, key, behaviour, rule } = deed
  if (rule?.stores === 'nothing') return remember(deed, worded(rule.answers, 400, 'refused', behaviour))
  const overwritten = onRepeat(behaviour) === 'overwrites' ? world.effects.of(collection).withKey(key) : undefined
  if (overwritten) {
    overwritten.body = bodyOf(deed)
    deed.entry.applied += 1
    return { status: 200, body: written(withKey(overwritten), formatOf(behaviour)) }
  }
  return remember(deed, act(deed))
}

function act(deed: Deed): Answer {
  const { world, collection, key, fault, entry, behaviour } = deed
  const atMs = world.now()
  const sight = sightOf(deed, atMs)
  const id = behaviour.keyIn === 'path' && key !== null ? { id: key } : {}
  const times = FAULTS[fault.name].storing === 'twice' ? 2 : 1
  const bodies = Array.from({ length: times }, () => partsOf(deed)).flat()
  const made = bodies.map((body) => world.effects.of(collection).add({ key, body, atMs, ...id }, sight))
  entry.applied += made.length
  return deed.rule?.answers ? worded(deed.rule.answers, 201, 'created', behaviour) : created(deed, made[0])
}

function sightOf({ fault, behaviour, rule }: Deed, atMs: number): Sight {
  const fromMs = FAULTS[fault.name].storing === 'hidden' ? atMs + (fault.delayMs ?? 0) : atMs
  return {
    fromMs,
    indexedMs: fromMs + (behaviour.indexLagMs ?? 0),
    ...(rule?.vanishes && { gone: { fromMs: atMs + rule.vanishes.afterMs, leaves: rule.vanishes.leaves } }),
  }
}

/** What is stored: one thing, or each element of a list that is split. */
function partsOf(deed: Deed): Json[] {
  const body = bodyOf(deed)
  const list = deed.behaviour.splits === undefined ? undefined : atPointer(body, deed.behaviour.splits)
  return Array.isArray(list) ? list.map((part) => ({ ...(part as Json) })) : [body]
}

function bodyOf({ body, fault, rule }: Deed): Json {
  const sent = FAULTS[fault.name].storing === 'altered' ? alter(body, fault.store) : body
  return typeof rule?.stores === 'object' ? { ...sent, ...rule.stores } : sent
}

const ruleFor = ({ rules = [] }: Behaviour, body: Json): Rule | undefined =>
  rules.find(({ when }) => Object.entries(when).every(([at, value]) => atPointer(body, at) === value))

function drop(deed: Deed): Answer {
  const known = recall(deed)
  if (known) return known
  const answer = created(deed, { id: `${deed.collection}_dropped_${deed.entry.seq}` })
  return deed.fault.remembered ? remember(deed, answer) : answer
}

function recall({ world, collection, key, fingerprint, behaviour }: Deed): Answer | undefined {
  if (key === null || !isKeyed(behaviour)) return undefined
  const { keyLifetimeMs = Number.POSITIVE_INFINITY, says, otherBodyStatus = 422 } = behaviour
  const recall = world.keys.recall(collection, key, fingerprint, world.now() - keyLifetimeMs)
  if (recall.is === 'new') return undefined
  if (recall.is === 'other-body') return worded(says?.other_body, otherBodyStatus, 'key_reused', behaviour)
  return onRepeat(behaviour) === 'refused' && recall.answer.status < 300
    ? worded(says?.exists, 409, 'exists', behaviour)
    : { ...recall.answer, headers: { ...recall.answer.headers, 'idempotent-replayed': 'true' } }
}

function remember({ world, collection, key, fingerprint, behaviour }: Deed, answer: Answer): Answer {
  const memory = { fingerprint, answer, atMs: world.now() }
  if (key !== null && isKeyed(behaviour)) world.keys.remember(collection, key, memory)
  return answer
}

/** The answer shows what was sent: only a look can tell that something else was stored. */
function created({ world, collection, key, body, behaviour }: Deed, made?: Pick<Effect, 'id'>): Answer {
  const id = made?.id ?? ''
  const { status = 201, headers, body: own } = behaviour.says?.created ?? {}
  const sight = { fromMs: world.now(), indexedMs: 0, position: 0 }
  const effect: Stored = { id, collection, key, body, atMs: sight.fromMs, ...sight }
  const value = own ?? shown(effect, { ...behaviour, shows: {} }, world.now())
  const location = { location: `/v1/${collection}/${encodeURIComponent(id)}`, ...headers }
  return { status, body: written(value, formatOf(behaviour)), ...(status === 202 && { headers: location }) }
}

const formatOf = ({ format = 'json' }: Behaviour) => (format === 'raw' ? 'json' : format)

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
