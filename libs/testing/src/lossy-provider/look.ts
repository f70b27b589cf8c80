/** A look: what the provider shows of what exists. */
import { type Answer, errorAnswer } from './answer.ts'
import { render } from './effects.ts'
import type { World } from './world.ts'

const DEFAULT_LIMIT = 10
const MAX_LIMIT = 100

export function findOne(world: World, collection: string, id: string): Answer {
  if (world.options.kind === 'opaque') return errorAnswer(405, 'not_readable')
  const effect = world.effects.of(collection).find(id, world.now())
  return effect ? { status: 200, body: render(effect) } : errorAnswer(404, 'not_found')
}

export function findMany(world: World, collection: string, query: URLSearchParams): Answer {
  if (world.options.kind === 'opaque') return errorAnswer(405, 'not_readable')
  const search = {
    key: query.get('key'),
    loose: world.options.search === 'prefix',
    startingAfter: query.get('starting_after'),
    limit: Math.min(Math.max(Number(query.get('limit') ?? DEFAULT_LIMIT) || DEFAULT_LIMIT, 1), MAX_LIMIT),
  }
  const { data, hasMore } = world.effects.of(collection).search(search, world.now())
  return listAnswer(data.map(render), hasMore)
}

/** What a look shows that finds nothing, whatever is there. */
export const nothingThere = (id: string | undefined): Answer =>
  id === undefined ? listAnswer([], false) : errorAnswer(404, 'not_found')

const listAnswer = (rendered: readonly string[], hasMore: boolean): Answer => ({
  status: 200,
  body: `{"data":[${rendered.join(',')}],"has_more":${hasMore}}`,
})
