/** Judges a run from outside: by the promises of the design, and by what the model expects of each key. */
import { INVARIANTS } from '../world/invariants.ts'
import { type Story, timelineOf } from '../world/story.ts'
import type { Model } from './model.ts'
import { alignTimes } from './pass-time.ts'
import type { SteppedWorld } from './stepped-world.ts'

type Books = Record<'committed' | 'pending' | 'live' | 'dead' | 'settled' | 'unaccounted', number>

/** Safety 3, at any moment: no key without its entry, and nothing under way that has ended. */
export async function checkNothingLost({ bench }: SteppedWorld): Promise<void> {
  const { rows } = await bench.db.pool.query<{ lost: number }>({ name: 'lost', text: LOST })
  if (rows[0]?.lost !== 0)
    throw new Error(`safety 3 (nothing vanishes): ${rows[0]?.lost} entries are lost, or there twice`)
}

const LOST = `
  select (select count(*) from readback.effect_key k where not exists (select from readback.outbox o where o.entry_id = k.entry_id))
    + (select count(*) from readback.delivery d where exists (select from readback.settlement s where s.entry_id = d.entry_id)) as lost`

/** Safety 3, by the product's own books, which cost more. */
export async function checkBooks({ bench }: SteppedWorld): Promise<void> {
  const { rows } = await bench.db.pool.query<Books>('select * from readback.books')
  const [books] = rows
  const isBalanced =
    books && books.committed === books.pending + books.live + books.dead + books.settled && books.unaccounted === 0
  if (!isBalanced) throw new Error(`safety 3 (nothing vanishes): the books say ${JSON.stringify(books)}`)
}

/** Throws with every broken promise and the timeline of the first key that broke one. */
export async function checkEnd(model: Model, world: SteppedWorld): Promise<readonly Story[]> {
  await checkBooks(world)
  const stories = await world.stories(model.journal)
  const broken = stories.flatMap((story) => brokenBy(model, story, new Map(stories.map((each) => [each.key, each]))))
  const [first] = broken
  if (!first) return stories
  await alignTimes(world.bench)
  const problems = broken.map(({ problem }) => problem).join('\n')
  throw new Error(
    `${broken.length} promises were broken:\n${problems}\n${await timelineOf(world.bench.db.pool, first.story)}`,
  )
}

function brokenBy(model: Model, story: Story, all: ReadonlyMap<string, Story>) {
  // Of what is held, the model knows whether it may be.
  const promises = INVARIANTS.filter(({ no }) => no !== 'liveness 1' || story.entry?.state !== 'held')
  const told = { ...story, replayedAfter: model.replayedAfter(story.key) }
  const problems = promises.map(({ no, says, broken }) => [`${no} (${says})`, broken(told)] as const)
  return [...problems, ['the model', model.broken(story, all)] as const].flatMap(([what, how]) =>
    how === null ? [] : [{ story, problem: `${what}: ${story.key} ${how}` }],
  )
}
