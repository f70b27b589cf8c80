import { describe, expect, it } from 'vitest'
import { postponeClaims } from '../claim/postpone-claims.ts'
import { called, claim, commit, db, liveRow, useEntries } from '../testing/entry-fixture.ts'
import { type DueRow, dueEntries } from './due-entries.ts'

useEntries()

const ALL = [0, 1, 2, 3, 4, 5, 6, 7]
const HAND_OVER = { to: 'verifying', dueInMs: 0 } as const

const due = (request: Partial<Parameters<typeof dueEntries>[1]> = {}) =>
  dueEntries(db, { shards: ALL, limit: 100, handOverMs: 0, recent: [], after: null, ...request })

const keysOf = (rows: readonly DueRow[]) => rows.map((row) => row.key)

async function waiting(key: string, dueInMs = 0): Promise<string> {
  const entryId = await commit(key)
  await called(entryId, 'retryable_failure', { to: 'scheduled', dueInMs, reason: 'backoff' })
  return entryId
}

describe('what is due', () => {
  it('is read on where a page ended, though nobody has taken what was in it', async () => {
    for (const key of ['a', 'b', 'c']) await waiting(key)
    const first = await due({ limit: 2 })
    const last = first.at(-1)
    const second = await due({ limit: 2, after: { dueAt: last?.due_at ?? '', entryId: last?.entry_id ?? '' } })
    expect([keysOf(first), keysOf(second)]).toEqual([['a', 'b'], ['c']])
  })

  it('goes to a worker when it waits for a call, and to a verifier when it waits for a look', async () => {
    await waiting('call')
    await called(await commit('doubt'), 'side_effect_unknown', { to: 'unknown', dueInMs: 0 })
    await called(await commit('look'), 'success', HAND_OVER)
    const rows = await due()
    expect(rows.map(({ key, topic, fence }) => [key, topic, fence])).toEqual([
      ['call', 'deliver', 1],
      ['doubt', 'verify', 1],
      ['look', 'verify', 1],
    ])
    expect(rows[0]).toMatchObject({ tenant: 'acme', effect: 'invoice.issue', ordering_key: 'call', traceparent: null })
  })

  it('is neither what waits longer, nor what somebody holds, nor what needs a person', async () => {
    await waiting('later', 60_000)
    await claim(await commit('held'))
    await called(await commit('dead'), 'validation_failure', { to: 'dead', cause: 'http_400' })
    await db.pool.query(
      "update readback.delivery set lease_until = now() - interval '1 s' where lease_until is not null",
    )
    expect(await due()).toEqual([])
  })

  it('comes in the order of its times, a bounded number at once, and only of the shards asked for', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await waiting(key)
    await db.pool.query(
      "update readback.delivery set due_at = now() - interval '1 h' where entry_id = (select max(entry_id::text)::uuid from readback.delivery)",
    )
    expect(keysOf(await due({ limit: 2 }))).toEqual(['d', 'a'])
    const parts = await Promise.all(ALL.map((shard) => due({ shards: [shard] })))
    expect(keysOf(parts.flat()).sort()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('is left alone for a while when its writer has handed it over', async () => {
    await called(await commit('handed-over'), 'success', HAND_OVER)
    expect(await due({ handOverMs: 60_000 })).toEqual([])
    expect(keysOf(await due({ handOverMs: 0 }))).toEqual(['handed-over'])
  })

  it('is not left alone when a claim was given back', async () => {
    const entryId = await commit('given-back')
    const [claimed] = await claim(entryId)
    await postponeClaims(db.pool, [{ entryId, fence: claimed?.fence ?? 0, ms: 0, reason: 'rate_limit' }])
    expect(keysOf(await due({ handOverMs: 60_000 }))).toEqual(['given-back'])
  })

  it('is not published twice in a row, unless it was claimed in between', async () => {
    const entryId = await waiting('a')
    expect(await due({ recent: [{ entryId, fence: 1 }] })).toEqual([])
    await claim(entryId)
    await postponeClaims(db.pool, [{ entryId, fence: (await liveRow(entryId)).fence, ms: 0, reason: 'rate_limit' }])
    expect(await due({ recent: [{ entryId, fence: 1 }] })).toMatchObject([{ entry_id: entryId, fence: 2 }])
  })
})
