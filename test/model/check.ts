/** Judges a run from outside: by the promises of the design, and by what the model expects of each key. */
import { INVARIANTS } from '../world/invariants.ts'
import { type Story, timelineOf } from '../world/story.ts'
import type { Model } from './model.ts'
import { alignTimes } from './pass-time.ts'
import type { SteppedWorld } from './stepped-world.ts'

type Books = Record<'committed' | 'pending' | 'live' | 'dead' | 'settled' | 'unaccounted', number>

/** Safety 3, at any moment. */
export async function checkBooks({ bench }: SteppedWorld): Promise<void> {
  const { rows } = await bench.db.pool.query<Books>({ name: 'books', text: 'select * from readback.books' })
  const [books] = rows
  const isBalanced =
    books && books.committed === books.pending + books.live + books.dead + books.settled && books.unaccounted === 0
  if (!isBalanced) throw new Error(`safety 3 (nothing vanishes): the books say ${JSON.stringify(books)}`)
}

/** Throws with every broken promise and the timeline of the first key that broke one. */
export async function checkEnd(model: Model, world: SteppedWorld): Promise<readonly Story[]> {
  const stories = await world.stories(model.journal)
  const broken = stories.flatMap((story) => brokenBy(model, story))
  const [first] = broken
  if (!first) return stories
  await alignTimes(world.bench)
  const problems = broken.map(({ problem }) => problem).join('\n')
  throw new Error(
    `${broken.length} promises were broken:\n${problems}\n${await timelineOf(world.bench.db.pool, first.story)}`,
  )
}

const brokenBy = (model: Model, story: Story) =>
  [
    ...INVARIANTS,
    { no: 'the model', says: 'each ends as what happened to it allows', broken: (one: Story) => model.broken(one) },
  ].flatMap(({ no, says, broken }) => {
    const how = broken(story)
    return how === null ? [] : [{ story, problem: `${no} (${says}): ${story.key} ${how}` }]
  })
