import { waitFor } from '@readback/testing'
import { describe, expect, it } from 'vitest'
import { books } from '../ask/books.ts'
import { effectStatus } from '../ask/effect-status.ts'
import { claimForLook } from '../claim/claim-for-look.ts'
import { cancelEntry } from '../operate/cancel-entry.ts'
import { dueEntries } from '../relay/due-entries.ts'
import {
  called,
  claim,
  command,
  commit,
  db,
  HOUR_MS,
  liveRow,
  named,
  OWNER,
  operator,
  stateOf,
  useEntries,
} from '../testing/entry-fixture.ts'
import { waitsForLock } from '../testing/waits-for-lock.ts'
import { expireEntries } from './expire-entries.ts'

useEntries()

const BACKOFF = { to: 'scheduled', reason: 'backoff' } as const
const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7]

/** Commits an intent that is worth a call for so long, by the database's clock. */
async function commitFor(key: string, ms: number): Promise<string> {
  const { rows } = await db.pool.query(
    `select entry_id from readback.enqueue('acme', 'invoice.issue', $1, '{}', expires_at => now() + $2::float8 * interval '1 millisecond')`,
    [key, ms],
  )
  return rows[0].entry_id
}

/** Its time is over now, wherever the entry is. */
async function over(entryId: string): Promise<void> {
  await db.pool.query(`update readback.outbox set expires_at = now() where entry_id = $1`, [entryId])
  await db.pool.query(`update readback.delivery set expires_at = now() where entry_id = $1`, [entryId])
}

const expired = async () => (await expireEntries(db, 10)).map(({ key }) => key)

describe('an entry whose time is over', () => {
  it('is claimed by nobody, and ends expired: to whoever asks it was cancelled', async () => {
    const entryId = await commitFor('a', HOUR_MS)
    await over(entryId)
    expect(await claim(entryId)).toEqual([])
    expect(await liveRow(entryId)).toMatchObject({ state: 'scheduled', reason: 'expiring', attempts: 0 })
    expect(await expired()).toEqual(['a'])
    expect(await effectStatus(db, named('a'))).toMatchObject({
      status: 'cancelled',
      state: 'expired',
      cause: 'expired',
      attempts: 0,
    })
    expect(await books(operator)).toMatchObject({ settled: 1, live: 0, unaccounted: 0 })
    expect(await claim(entryId)).toEqual([])
  })

  it('ends also while it waits for another attempt, and no worker is told that it is due', async () => {
    const entryId = await commitFor('a', HOUR_MS)
    await called(entryId, 'retryable_failure', { ...BACKOFF, dueInMs: 0 })
    await over(entryId)
    expect(await dueEntries(db, { shards: SHARDS, limit: 9, handOverMs: 0, recent: [], after: null })).toEqual([])
    expect(await claim(entryId)).toEqual([])
    expect(await expired()).toEqual(['a'])
    expect(await effectStatus(db, named('a'))).toMatchObject({ state: 'expired', attempts: 1 })
  })

  it('ends while it is held for others', async () => {
    const entryId = await commitFor('a', HOUR_MS)
    await called(entryId, 'retryable_failure', { ...BACKOFF, dueInMs: HOUR_MS })
    await db.pool.query(`update readback.delivery set state = 'held', reason = 'after', due_at = null`)
    await over(entryId)
    expect(await expired()).toEqual(['a'])
  })

  it.each([
    ['is in doubt', 'side_effect_unknown', { to: 'unknown', dueInMs: 0 }],
    ['was accepted', 'success', { to: 'verifying', dueInMs: 0 }],
    ['needs a person', 'validation_failure', { to: 'dead', cause: 'http_400' }],
  ] as const)('is left alone when it %s', async (_, outcome, step) => {
    const entryId = await commitFor('a', HOUR_MS)
    await called(entryId, outcome, step)
    await over(entryId)
    expect(await expired()).toEqual([])
    expect(await liveRow(entryId)).toMatchObject({ state: step.to })
  })

  it('is left alone while it is called', async () => {
    const entryId = await commitFor('a', HOUR_MS)
    await claim(entryId)
    await over(entryId)
    expect(await expired()).toEqual([])
  })

  it('that is being cancelled at this moment ends once', async () => {
    const entryId = await commitFor('a', HOUR_MS)
    await claim(entryId)
    await called(await commitFor('b', HOUR_MS), 'retryable_failure', { ...BACKOFF, dueInMs: HOUR_MS })
    const { rows } = await db.pool.query(`select entry_id from readback.outbox where key = 'b'`)
    await over(rows[0].entry_id)
    const holding = await db.pool.connect()
    await holding.query('begin')
    await holding.query('select from readback.delivery where entry_id = $1 for update', [rows[0].entry_id])
    const cancelling = cancelEntry(operator, command({ entryId: rows[0].entry_id }))
    await waitFor('the cancellation to wait', () => waitsForLock(db), { withinMs: 5_000 })
    expect(await expired()).toEqual([])
    await holding.query('commit')
    holding.release()
    expect(await cancelling).toMatchObject({ ok: true, effect: 'updated' })
    expect(await expired()).toEqual([])
    expect(await stateOf('b')).toBe('cancelled')
  })
})

describe('an entry whose time is not over', () => {
  it('is claimed with how long is left, and keeps its end', async () => {
    const entryId = await commitFor('a', HOUR_MS)
    const [claimed] = await claim(entryId)
    expect(claimed?.expires_in_ms).toBeGreaterThan(HOUR_MS - 60_000)
    expect(claimed?.expires_in_ms).toBeLessThan(HOUR_MS)
    const { rows } = await db.pool.query(
      'select d.expires_at = o.expires_at as same from readback.delivery d join readback.outbox o using (entry_id)',
    )
    expect(rows).toEqual([{ same: true }])
  })

  it('is told to whoever looks, also when it is over', async () => {
    const entryId = await commitFor('a', HOUR_MS)
    await called(entryId, 'side_effect_unknown', { to: 'unknown', dueInMs: 0 })
    await over(entryId)
    const [look] = await claimForLook(db, { owner: OWNER, leaseMs: 60_000, entryIds: [entryId] })
    expect(look?.expires_in_ms).toBeLessThanOrEqual(0)
  })

  it('is told of nothing where nobody set an end', async () => {
    expect(await claim(await commit('a'))).toMatchObject([{ expires_in_ms: null }])
  })
})
