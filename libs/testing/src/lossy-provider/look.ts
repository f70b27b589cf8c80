/** A look: what the provider shows of what exists. */
import { hash } from 'node:crypto'
import { type Answer, errorAnswer, worded } from './answer.ts'
import type { Behaviour } from './behaviour.ts'
import type { Json, Search, Stored } from './effects.ts'
import { written } from './format.ts'
import { behaviourOf } from './options.ts'
import { shown } from './shown.ts'
import type { World } from './world.ts'

const DEFAULT_LIMIT = 10
const MAX_LIMIT = 100

export function findOne(world: World, collection: string, id: string): Answer {
  const behaviour = behaviourOf(world.options, collection)
  if (behaviour.kind === 'opaque') return errorAnswer(405, 'not_readable')
  const effect = world.effects.of(collection).find(id, world.now())
  return effect ? oneAnswer(effect, behaviour, world.now()) : notFound(behaviour)
}

export function findMany(world: World, collection: string, asked: { get(name: string): string | null }): Answer {
  const behaviour = behaviourOf(world.options, collection)
  if (behaviour.kind === 'opaque') return errorAnswer(405, 'not_readable')
  const search: Search = {
    key: asked.get('key'),
    by: behaviour.search ?? 'exact',
    startingAfter: behaviour.longLists === 'restarting' ? null : asked.get('starting_after'),
    limit: Math.min(Math.max(Number(asked.get('limit')) || (behaviour.pageSize ?? DEFAULT_LIMIT), 1), MAX_LIMIT),
  }
  const now = world.now()
  const { data, hasMore } = world.effects.of(collection).search(search, now)
  const items = data.map((effect) => shown(effect, behaviour, now))
  return listAnswer(items, hasMore && behaviour.longLists !== 'cut', behaviour)
}

/** What a look shows that finds nothing, whatever is there. */
export const nothingThere = (id: string | undefined, behaviour: Behaviour): Answer =>
  id === undefined ? listAnswer([], false, behaviour) : notFound(behaviour)

const notFound = (behaviour: Behaviour): Answer => worded(behaviour.says?.missing, 404, 'not_found', behaviour)

const listAnswer = (data: Json[], more: boolean, { format = 'json' }: Behaviour): Answer => ({
  status: 200,
  body: written({ data, has_more: more }, format),
})

/** With what a HEAD can say of it: a hash of the content, and each plain field as a header. */
function oneAnswer(effect: Stored, behaviour: Behaviour, nowMs: number): Answer {
  const value = shown(effect, behaviour, nowMs)
  const text = effect.body['text']
  const body =
    behaviour.format === 'raw' && typeof text === 'string' ? text : written(value, behaviour.format ?? 'json')
  return { status: 200, body, ...(behaviour.looksBy === 'HEAD' && { headers: inHeaders(value, body) }) }
}

function inHeaders(value: Json, body: string): Record<string, string> {
  const plain = Object.entries(value).filter(([, one]) => ['string', 'number', 'boolean'].includes(typeof one))
  const named = plain.map(([name, one]) => [`x-${name}`, encodeURIComponent(String(one))])
  return { etag: `"${hash('sha256', body)}"`, ...Object.fromEntries(named) }
}
