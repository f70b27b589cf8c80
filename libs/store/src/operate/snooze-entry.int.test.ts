import { randomUUID } from 'node:crypto'
import type { Step } from '@readback/lifecycle'
import { describe, expect, it } from 'vitest'
import { books } from '../ask/books.ts'
import { effectStatus } from '../ask/effect-status.ts'
import { listAudit } from '../ask/list-audit.ts'
import { claimForLook } from '../claim/claim-for-look.ts'
import { expireEntries } from '../keep/expire-entries.ts'
import {
  called,
  claim,
  command,
  commit,
  db,
  dead,
  done,
  HOUR_MS,
  liveRow,
  named,
  OWNER,
  operator,
  useEntries,
} from '../testing/entry-fixture.ts'
import { snoozeEntry } from './snooze-entry.ts'

useEntries()

const MINUTE_MS = 60_000
const snooze = (entryId: string, wait: { forMs: number } | { until: string } = { forMs: HOUR_MS }, more: object = {}) =>
  snoozeEntry(operator, command({ entryId, ...wait, ...more }))

/** Minutes until the entry is due, by the database's clock. */
async function dueInMinutes(entryId: string): Promise<number> {
  const read =
    'select round(extract(epoch from due_at - now()) / 60)::int as minutes from readback.delivery where entry_id = $1'
  return (await db.pool.query(read, [entryId])).rows[0]?.minutes
}

const BACKOFF = { to: 'scheduled', reason: 'backoff' } as const

describe('an entry that is snoozed', () => {
  it('before it was ever claimed is not called before its time, and loses neither its end nor a place in the books', async () => {
    const entryId = await commit('a')
    expect(await snooze(entryId)).toMatchObject({ effect: 'updated', data: { state: 'scheduled', next: 'call' } })
    expect(await claim(entryId)).toEqual([])
    expect(await liveRow(entryId)).toMatchObject({ reason: 'snoozed', attempts: 0, fence: 1 })
    expect(await dueInMinutes(entryId)).toBe(60)
    expect(await books(operator)).toMatchObject({ live: 1, unaccounted: 0 })
    await db.pool.query('update readback.delivery set due_at = now()')
    expect(await claim(entryId)).toMatchObject([{ attempts: 1 }])
  })

  it.each<[string, string, Exclude<Step, { to: 'done' | 'acknowledged' }>, { next: string; reason: string | null }]>([
    [
      'waits for another attempt',
      'retryable_failure',
      { ...BACKOFF, dueInMs: 5 * MINUTE_MS },
      { next: 'call', reason: 'snoozed' },
    ],
    ['is in doubt', 'side_effect_unknown', { to: 'unknown', dueInMs: 0 }, { next: 'look', reason: null }],
    ['was accepted', 'success', { to: 'verifying', dueInMs: MINUTE_MS }, { next: 'look', reason: null }],
  ])('while it %s keeps its state', async (_, outcome, step, { next, reason }) => {
    const entryId = await commit('a')
    await called(entryId, outcome, step)
    expect(await snooze(entryId)).toMatchObject({ effect: 'updated', data: { state: step.to, next } })
    expect(await liveRow(entryId)).toMatchObject({ state: step.to, reason, fence: 1 })
    expect(await dueInMinutes(entryId)).toBe(60)
    expect(await claimForLook(db, { owner: OWNER, leaseMs: 1_000, entryIds: [entryId] })).toEqual([])
  })

  it('is never due sooner than it was: somebody asked for that wait', async () => {
    const entryId = await commit('a')
    await called(entryId, 'retryable_failure', { ...BACKOFF, dueInMs: 2 * HOUR_MS })
    expect(await snooze(entryId)).toMatchObject({ effect: 'noop' })
    expect(await liveRow(entryId)).toMatchObject({ reason: 'backoff' })
    expect(await dueInMinutes(entryId)).toBe(120)
  })

  it('beyond its end is told so, and ends without a call', async () => {
    const { rows } = await db.pool.query(
      `select entry_id from readback.enqueue('acme', 'invoice.issue', 'a', '{}', expires_at => now() + interval '30 minutes')`,
    )
    const entryId = rows[0].entry_id
    expect(await snooze(entryId, { forMs: HOUR_MS }, { dryRun: true })).toMatchObject({ data: { next: 'expires' } })
    expect(await liveRow(entryId)).toBeUndefined()
    expect(await snooze(entryId, { forMs: 10 * MINUTE_MS })).toMatchObject({ data: { next: 'call' } })
    expect(await snooze(entryId)).toMatchObject({ data: { next: 'expires', expires_at: expect.any(String) } })
    await db.pool.query('update readback.delivery set expires_at = now()')
    await expireEntries(db, 10)
    expect(await effectStatus(db, named('a'))).toMatchObject({ state: 'expired' })
  })

  it('until a time is due then; a time that is over is refused', async () => {
    const entryId = await commit('a')
    const until = new Date(Date.now() + 24 * HOUR_MS).toISOString()
    expect(await snooze(entryId, { until })).toMatchObject({ effect: 'updated' })
    expect(await snooze(entryId, { until: '2020-01-01T00:00:00Z' })).toMatchObject({ reason: 'until_is_over' })
    const { rows } = await db.pool.query('select due_at from readback.delivery')
    expect(rows[0].due_at.toISOString()).toBe(until)
  })

  it('is snoozed once with one key, and the audit says by whom, why, and from what', async () => {
    const entryId = await commit('a')
    const once = command({ entryId, forMs: HOUR_MS })
    expect(await snoozeEntry(operator, once)).toMatchObject({ effect: 'updated' })
    await db.pool.query(`update readback.delivery set due_at = now()`)
    expect(await snoozeEntry(operator, once)).toMatchObject({ effect: 'noop', data: { state: 'scheduled' } })
    expect(await dueInMinutes(entryId)).toBe(0)
    expect(await snoozeEntry(operator, { ...once, forMs: 2 * HOUR_MS })).toMatchObject({
      reason: 'idempotency_key_reused',
    })
    expect(await listAudit(operator, { rows: 1 })).toMatchObject([
      { actor: 'ann', action: 'snooze', before: { state: 'pending', due_at: null } },
    ])
  })
})

describe('an entry that cannot be snoozed', () => {
  it.each([
    ['is being called', async (id: string) => void (await claim(id)), 'calling'],
    [
      'is being looked at',
      async (id: string) => {
        await called(id, 'side_effect_unknown', { to: 'unknown', dueInMs: 0 })
        await claimForLook(db, { owner: OWNER, leaseMs: 60_000, entryIds: [id] })
      },
      'verifying',
    ],
  ])('because it %s says so', async (_, prepare, state) => {
    const entryId = await commit('a')
    await prepare(entryId)
    expect(await snooze(entryId)).toMatchObject({ ok: false, reason: 'not_snoozable', data: { state } })
  })

  it('because it needs a person, has ended, or is not there says so', async () => {
    expect(await snooze(await dead('a'))).toMatchObject({ reason: 'not_snoozable', data: { state: 'dead' } })
    expect(await snooze(await done('b'))).toMatchObject({ reason: 'not_snoozable', data: { state: 'done' } })
    expect(await snooze(randomUUID())).toMatchObject({ reason: 'not_found' })
    expect(await books(operator)).toMatchObject({ live: 0, dead: 1, settled: 1, unaccounted: 0 })
  })

  it('because others come first is left to a claim, which writes down what it waits for', async () => {
    await commit('first')
    const { rows } = await db.pool.query(
      `select entry_id from readback.enqueue('acme', 'invoice.issue', 'then', '{}', after => '[{"effect": "invoice.issue", "key": "first"}]')`,
    )
    expect(await snooze(rows[0].entry_id)).toMatchObject({ reason: 'not_snoozable', data: { state: 'pending' } })
    expect(await liveRow(rows[0].entry_id)).toBeUndefined()
  })

  it('because a claim meets it is called or snoozed, never both', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => commit(`race-${n}`)))
    const outcomes = await Promise.all(ids.map((id) => Promise.all([claim(id), snooze(id)])))
    expect(outcomes.map(([claimed, snoozed]) => claimed.length + Number(snoozed.ok))).toEqual(ids.map(() => 1))
  })
})
