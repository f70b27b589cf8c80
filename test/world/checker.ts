/** Judges a run by what lies outside the product: the producer's journal, the provider's ledger, SQL and what was logged. */
import type pg from 'pg'
import { INVARIANTS } from './invariants.ts'
import { SECRET_IN_PAYLOAD } from './producer.ts'
import { type Story, timelineOf } from './story.ts'

/** How much must have happened at least: a run in which nothing went wrong proves nothing. */
export type AtLeast = { effects: number; faults?: number }

export type Run = { pool: pg.Pool; stories: readonly Story[]; said: Iterable<string> }

/** Throws with every broken promise, and the timeline of the first key that broke one. */
export async function checkRun({ pool, stories, said }: Run, atLeast: AtLeast): Promise<void> {
  const broken = stories.flatMap((story) => brokenBy(story))
  const unaccounted = await booksProblem(pool, stories)
  const leaked = isSaidIn(said) ? ['safety 12: a payload was logged'] : []
  const tooLittle = tooLittleHappened(stories, atLeast)
  const problems = [...broken.map(({ problem }) => problem), ...unaccounted, ...leaked, ...tooLittle]
  if (problems.length === 0) return
  const first = broken[0]
  const timeline = first ? `\n${await timelineOf(pool, first.story)}` : ''
  throw new Error(`${problems.length} promises were broken:\n${problems.slice(0, 20).join('\n')}${timeline}`)
}

function isSaidIn(said: Iterable<string>): boolean {
  for (const text of said) if (text.includes(SECRET_IN_PAYLOAD)) return true
  return false
}

const brokenBy = (story: Story) =>
  INVARIANTS.flatMap(({ no, says, broken }) => {
    const how = broken(story)
    return how === null ? [] : [{ story, problem: `${no} (${says}): ${story.key} ${how}` }]
  })

/** Safety 3: nothing vanishes. */
async function booksProblem(pool: pg.Pool, stories: readonly Story[]): Promise<string[]> {
  const { rows } = await pool.query<Record<string, string>>('select * from readback.books')
  const books = Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count)]))
  const { committed = 0, pending = 0, live = 0, dead = 0, settled = 0, unaccounted = 0 } = books
  const known = stories.filter(({ journal }) => journal?.outcome === 'committed').length
  const balanced = committed === pending + live + dead + settled && unaccounted === 0 && committed >= known
  return balanced
    ? []
    : [`safety 3 (nothing vanishes): ${known} were committed; the books say ${JSON.stringify(books)}`]
}

function tooLittleHappened(stories: readonly Story[], { effects, faults = 0 }: AtLeast): string[] {
  const made = stories.reduce((sum, story) => sum + story.effects.length, 0)
  const met = stories.flatMap(({ calls, looks }) => [...calls, ...looks]).filter(({ fault }) => fault !== 'none').length
  if (made >= effects && met >= faults) return []
  return [`too little happened: ${made} of ${effects} effects, ${met} of ${faults} faults`]
}
