import { describe, expect, it } from 'vitest'
import { claimForLook } from '../claim/claim-for-look.ts'
import { dueEntries } from '../relay/due-entries.ts'
import { called, claim, commit, db, dead, done, HOUR_MS, liveRow, OWNER, useEntries } from '../testing/entry-fixture.ts'
import { bringLookForward } from './bring-look-forward.ts'
import { recordCalls } from './record-calls.ts'
import { recordLooks } from './record-looks.ts'

useEntries()

const SEEN = { cause: 'seen', status: 200, externalId: null, evidence: '{}', durationMs: 5 }
const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7]
const MINUTE_MS = 60_000
type Hint = Parameters<typeof bringLookForward>[1]

const hint = (value: string, more: Partial<Hint> = {}) =>
  bringLookForward(db, {
    tenant: 'acme',
    effect: 'invoice.issue',
    about: { by: 'key', value },
    everyMs: MINUTE_MS,
    ...more,
  })
const by = (kind: Hint['about']['by'], value: string, more: Partial<Hint> = {}) =>
  hint('', { about: { by: kind, value }, ...more })

/** Called, and to be looked at in an hour. */
async function waiting(key: string, { externalId = null as string | null, outcome = 'success' } = {}): Promise<string> {
  const entryId = await commit(key)
  const [claimed] = await claim(entryId)
  const step = { to: outcome === 'success' ? 'verifying' : 'unknown', dueInMs: HOUR_MS } as const
  const call = { entryId, fence: claimed?.fence ?? 0, outcome, means: null, seen: false, step, ...SEEN, externalId }
  await recordCalls(db, OWNER, [call])
  return entryId
}

const looking = (entryId: string) => claimForLook(db, { owner: OWNER, leaseMs: MINUTE_MS, entryIds: [entryId] })

/** Looked at just now without a decision, and to be looked at again in an hour. */
async function looked(entryId: string, verdict: 'absent' | 'inconclusive' | 'pending'): Promise<void> {
  await db.pool.query('update readback.delivery set due_at = now() where entry_id = $1', [entryId])
  const [claimed] = await looking(entryId)
  const step = { to: 'verifying', dueInMs: HOUR_MS } as const
  await recordLooks(db, OWNER, [{ entryId, fence: claimed?.fence ?? 0, verdict, step, ...SEEN }])
}

async function dueInMs(entryId: string): Promise<number> {
  const read =
    'select extract(epoch from due_at - now())::float8 * 1000 as ms from readback.delivery where entry_id = $1'
  return (await db.pool.query(read, [entryId])).rows[0].ms
}

describe('a hint', () => {
  it.each(['success', 'side_effect_unknown'])('has an entry looked at now whose call ended as %s', async (outcome) => {
    const entryId = await waiting('a', { outcome })
    const before = await liveRow(entryId)
    expect(await hint('a')).toBe(1)
    expect({ ...(await liveRow(entryId)), due_at: before.due_at }).toEqual(before)
    const due = await dueEntries(db, { shards: SHARDS, limit: 10, handOverMs: 10_000, recent: [], after: null })
    expect(due.map((row) => [row.entry_id, row.topic])).toEqual([[entryId, 'verify']])
    expect(await looking(entryId)).toHaveLength(1)
  })

  it('finds it by the external id, and by its own id', async () => {
    const one = await waiting('a', { externalId: 'in_1' })
    const other = await waiting('b', { externalId: 'in_2' })
    expect(await by('external_id', 'in_1')).toBe(1)
    expect(await by('entry_id', other)).toBe(1)
    expect(await dueInMs(one)).toBeLessThanOrEqual(0)
    expect(await dueInMs(other)).toBeLessThanOrEqual(0)
  })

  it.each<[string, () => Promise<number>]>([
    ['another key', () => hint('b')],
    ['another tenant', () => hint('a', { tenant: 'globex' })],
    ['another effect', () => hint('a', { effect: 'mail.send' })],
    ['another id', () => by('external_id', 'in_2')],
    ["another tenant's id", () => by('external_id', 'in_1', { tenant: 'globex' })],
    ['an entry that is none', () => by('entry_id', '0193e0a0-0000-7000-8000-000000000001')],
  ])('about %s changes nothing', async (_, give) => {
    const entryId = await waiting('a', { externalId: 'in_1' })
    const before = await liveRow(entryId)
    expect(await give()).toBe(0)
    expect(await liveRow(entryId)).toEqual(before)
  })

  it("about another tenant's entry changes nothing", async () => {
    const entryId = await waiting('a')
    expect(await by('entry_id', entryId, { tenant: 'globex' })).toBe(0)
  })

  it.each<[string, () => Promise<string>]>([
    ['is not claimed yet', () => commit('a')],
    [
      'is called',
      async () => {
        const entryId = await commit('a')
        await claim(entryId)
        return entryId
      },
    ],
    [
      'waits to be called again',
      async () => {
        const entryId = await commit('a')
        await called(entryId, 'retryable_failure', { to: 'scheduled', dueInMs: HOUR_MS, reason: 'backoff' })
        return entryId
      },
    ],
    [
      'is looked at',
      async () => {
        const entryId = await waiting('a')
        await hint('a')
        await looking(entryId)
        return entryId
      },
    ],
    ['needs a person', () => dead('a')],
    ['is done', () => done('a')],
  ])('about an entry that %s changes nothing', async (_, prepare) => {
    const entryId = await prepare()
    const before = await liveRow(entryId)
    expect([await hint('a'), await by('entry_id', entryId)]).toEqual([0, 0])
    expect(await liveRow(entryId)).toEqual(before)
  })
})

describe('a flood of hints', () => {
  it('has an entry looked at once in the time between two looks, and no more', async () => {
    const entryId = await waiting('a')
    expect(await Promise.all(Array.from({ length: 20 }, () => hint('a')))).toContain(1)
    expect(await hint('a')).toBe(0)
    await looked(entryId, 'absent')
    expect(await hint('a')).toBe(1)
    expect(await dueInMs(entryId)).toBeGreaterThan(MINUTE_MS / 2)
    expect(await dueInMs(entryId)).toBeLessThanOrEqual(MINUTE_MS)
    expect(await hint('a')).toBe(0)
    expect(await looking(entryId)).toEqual([])
  })

  it('does not use up the patience with looks that fail by themselves', async () => {
    const entryId = await waiting('a')
    await looked(entryId, 'inconclusive')
    expect(await hint('a', { everyMs: 0 })).toBe(0)
    await looked(entryId, 'pending')
    expect(await hint('a', { everyMs: 0 })).toBe(1)
  })

  it('looks at no more than a few things of one id', async () => {
    for (let nth = 0; nth < 12; nth += 1) await waiting(`a-${nth}`, { externalId: 'same' })
    expect(await by('external_id', 'same')).toBe(10)
  })
})
