/** A round as a line of the table that is printed at the end. */
import type { Story } from '../world/story.ts'
import type { Line } from './crash-matrix.ts'
import type { Lane } from './lane.ts'
import type { Outcome } from './round.ts'

/** How often the intents of each class ended in each way. */
export function endsOf(stories: readonly Story[]): Record<string, Record<string, number>> {
  const ends: Record<string, Record<string, number>> = { keyed: {}, readable: {}, opaque: {} }
  for (const { provider, entry } of stories) {
    const end = entry?.cause ?? entry?.state ?? 'lost'
    const ofClass = (ends[provider] ??= {})
    ofClass[end] = (ofClass[end] ?? 0) + 1
  }
  return ends
}

export const countWithAPerson = (stories: readonly Story[]): number =>
  stories.filter(({ entry }) => entry?.state === 'dead').length

export function rowOf({ over }: Lane, { point, role }: Line, { stories, recoveredMs, signal }: Outcome) {
  const count = (is: (story: Story) => boolean) => stories.filter(is).length
  const { keyed, readable, opaque } = endsOf(stories)
  return {
    dispatch: over,
    'killed at': `${role} ${point}`,
    by: signal,
    keyed: shown(keyed),
    readable: shown(readable),
    opaque: shown(opaque),
    lost: count(({ entry }) => entry === undefined || entry.status === 'in_progress'),
    doubled: count(({ effects }) => effects.length > 1),
    'falsely done': count(({ entry, effects }) => entry?.state === 'done' && effects.length !== 1),
    'recovered in s': Math.round(recoveredMs / 100) / 10,
  }
}

const shown = (ends: Record<string, number> = {}) =>
  Object.entries(ends)
    .map(([end, count]) => `${count} ${end}`)
    .join(', ')
