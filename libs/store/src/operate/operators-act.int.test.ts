import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { books } from '../ask/books.ts'
import { deadGroups } from '../ask/dead-groups.ts'
import { deadList } from '../ask/dead-list.ts'
import { effectStatus } from '../ask/effect-status.ts'
import { firstBrokenAudit, listAudit } from '../ask/list-audit.ts'
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
  look,
  named,
  operator,
  stateOf,
  useEntries,
} from '../testing/entry-fixture.ts'
import { cancelEntry } from './cancel-entry.ts'
import { discardDead } from './discard-dead.ts'
import { planReplay } from './plan-replay.ts'
import { replayProgress } from './replay-progress.ts'
import { runReplay } from './run-replay.ts'

useEntries()

describe('dead letters', () => {
  it('are grouped by what they died of', async () => {
    await dead('a')
    await dead('b')
    await dead('c', 'permission_denied')
    expect(await deadGroups(operator)).toMatchObject([
      { effect_name: 'invoice.issue', cause: 'side_effect_unknown', count: 2, tenants: 1 },
      { effect_name: 'invoice.issue', cause: 'permission_denied', count: 1 },
    ])
    const page = await deadList(operator, {}, { rows: 2 })
    expect(page.entries.map((entry) => entry.key)).toEqual(['a', 'b'])
    expect((await deadList(operator, {}, { after: page.next ?? '' })).entries.map((entry) => entry.key)).toEqual(['c'])
    expect((await deadList(operator, { deadForMs: HOUR_MS })).entries).toEqual([])
  })
})

describe('replaying dead letters', () => {
  it('plans to look at what may have landed, to send what never happened, and to leave what nobody can look at', async () => {
    await dead('a')
    await dead('b', 'side_effect_unknown', 'mail.send')
    await dead('c', 'permission_denied', 'mail.send')
    const plan = await planReplay(operator, {})
    expect(plan).toMatchObject({ total: 3, look: 1, send: 1, needs_person: 1 })
    expect(plan.samples.map((sample) => [sample.key, sample.action])).toEqual([
      ['a', 'look'],
      ['b', 'needs_person'],
      ['c', 'send'],
    ])
  })

  it('runs the plan: nothing that may have landed is called before a look', async () => {
    const [a, b, c] = [
      await dead('a'),
      await dead('b', 'side_effect_unknown', 'mail.send'),
      await dead('c', 'permission_denied', 'mail.send'),
    ]
    const { plan_hash: planHash } = await planReplay(operator, {})
    expect(await runReplay(operator, command({ filter: {}, planHash }))).toMatchObject({
      ok: true,
      effect: 'updated',
      data: { look: 1 },
    })
    expect([await stateOf('a'), await stateOf('b', 'mail.send'), await stateOf('c', 'mail.send')]).toEqual([
      'unknown',
      'dead',
      'scheduled',
    ])
    expect(await claim(a)).toEqual([])
    expect(await claim(b)).toEqual([])
    expect(await claim(c)).toMatchObject([{ fence: 3, attempts: 1 }])
    await look(a)
    expect(await stateOf('a')).toBe('done')
  })

  it.each([
    ['removed', false],
    ['pending_too_long', true],
  ])('of what died as %s remembers that it was seen: %s', async (cause, remembers) => {
    const entryId = await dead('a')
    await db.pool.query('update readback.delivery set seen_present = true, cause = $1', [cause])
    await runReplay(operator, command({ filter: { cause } }))
    expect(await liveRow(entryId)).toMatchObject({ state: 'unknown', seen_present: remembers })
  })

  it('writes down who and why, in the audit and in the timeline of each entry', async () => {
    const entryId = await dead('a')
    await runReplay(operator, command({ filter: { cause: 'side_effect_unknown' } }))
    expect((await listAudit(operator))[0]).toMatchObject({
      actor: 'ann',
      action: 'replay',
      reason: 'provider is back',
      subject: { entries: [entryId], filter: { cause: 'side_effect_unknown' } },
      before: { dead: 1 },
      after: { look: 1 },
    })
    expect((await effectStatus(operator, named('a'))).history.at(-1)).toMatchObject({ what: 'replay', actor: 'ann' })
  })

  it('answers a repeat of the command with what the first one did, and does it once', async () => {
    const entryId = await dead('a')
    const request = command({ filter: {} })
    const first = await runReplay(operator, request)
    await db.pool.query(
      "update readback.delivery set state = 'dead', due_at = null, cause = 'again' where entry_id = $1",
      [entryId],
    )
    const second = await runReplay(operator, request)
    expect([first, second]).toMatchObject([{ effect: 'updated' }, { effect: 'noop' }])
    expect({ ...second, effect: 'updated' }).toEqual(first)
    expect(await stateOf('a')).toBe('dead')
    expect(await discardDead(operator, request)).toMatchObject({ ok: false, reason: 'idempotency_key_reused' })
  })

  it('lets one of two commands with the same key do it', async () => {
    await dead('a')
    const request = command({ filter: {} })
    const both = await Promise.all([runReplay(operator, request), runReplay(operator, request)])
    expect(new Set(both.map((answer) => answer.ok && answer.effect))).toEqual(new Set(['noop', 'updated']))
  })

  it('refuses a plan that has gone stale, and gives the new one', async () => {
    await dead('a')
    const { plan_hash: planHash } = await planReplay(operator, {})
    await dead('b')
    expect(await runReplay(operator, command({ filter: {}, planHash }))).toMatchObject({
      ok: false,
      reason: 'plan_stale',
      data: { total: 2 },
    })
    expect(await stateOf('a')).toBe('dead')
  })

  it('changes nothing in a dry run, and when nothing matches', async () => {
    await dead('a')
    expect(await runReplay(operator, command({ filter: {}, dryRun: true }))).toMatchObject({
      effect: 'updated',
      data: { look: 1 },
    })
    expect(await stateOf('a')).toBe('dead')
    expect(await runReplay(operator, command({ filter: { tenant: 'nobody' } }))).toMatchObject({
      effect: 'noop',
      data: { total: 0 },
    })
  })
})

describe('the progress of a replay', () => {
  it('tells what had landed from what was sent, and what has died again', async () => {
    const [landed, sent, failed] = [await dead('a'), await dead('b', 'permission_denied', 'mail.send'), await dead('c')]
    await dead('d')
    const request = command({ filter: { entryIds: [landed, sent, failed] } })
    expect(await replayProgress(operator, request.idempotencyKey)).toBeNull()
    await runReplay(operator, request)
    const progress = { total: 3, under_way: 3, landed: 0, sent: 0, failed: 0, skipped: 0 }
    expect(await replayProgress(operator, request.idempotencyKey)).toEqual(progress)
    await look(landed)
    await called(sent, 'success', { to: 'verifying', dueInMs: 0 })
    await look(sent)
    await db.pool.query(
      "update readback.delivery set state = 'dead', due_at = null, cause = 'again' where entry_id = $1",
      [failed],
    )
    expect(await replayProgress(operator, request.idempotencyKey)).toEqual({
      ...progress,
      under_way: 0,
      landed: 1,
      sent: 1,
      failed: 1,
    })
  })
})

describe('ending entries by hand', () => {
  it('discards dead letters, and keeps what they died of', async () => {
    await dead('a')
    expect(await discardDead(operator, command({ filter: {} }))).toMatchObject({
      effect: 'updated',
      data: { discarded: 1 },
    })
    expect(await effectStatus(operator, named('a'))).toMatchObject({
      status: 'cancelled',
      state: 'discarded',
      cause: 'side_effect_unknown',
    })
    expect(await books(operator)).toMatchObject({ committed: 1, settled: 1, unaccounted: 0 })
  })

  it.each([
    ['pending', async () => {}],
    ['scheduled', (id: string) => called(id, 'retryable_failure', { to: 'scheduled', dueInMs: 0, reason: 'backoff' })],
  ])('cancels what is %s, once', async (_, prepare) => {
    const entryId = await commit('a')
    await prepare(entryId)
    expect(await cancelEntry(operator, command({ entryId }))).toMatchObject({
      effect: 'updated',
      data: { state: 'cancelled' },
    })
    expect(await cancelEntry(operator, command({ entryId }))).toMatchObject({ effect: 'noop' })
    expect(await claim(entryId)).toEqual([])
    expect(await stateOf('a')).toBe('cancelled')
    expect(await books(operator)).toMatchObject({ settled: 1, live: 0, unaccounted: 0 })
  })

  it('does not cancel what is being called, is dead or is done, nor what it does not know', async () => {
    const calling = await commit('a')
    await claim(calling)
    const refused = { ok: false, reason: 'not_cancellable' }
    expect(await cancelEntry(operator, command({ entryId: calling }))).toMatchObject({
      ...refused,
      data: { state: 'calling' },
    })
    expect(await cancelEntry(operator, command({ entryId: await dead('b') }))).toMatchObject(refused)
    expect(await cancelEntry(operator, command({ entryId: await done('c') }))).toMatchObject({
      ...refused,
      data: { state: 'done' },
    })
    expect(await cancelEntry(operator, command({ entryId: randomUUID() }))).toMatchObject({
      ok: false,
      reason: 'not_found',
    })
    expect(await books(operator)).toMatchObject({ live: 1, dead: 1, settled: 1, unaccounted: 0 })
  })

  it.each([
    ['was never called', async () => {}],
    [
      'was called in vain and is due again',
      (id: string) => called(id, 'retryable_failure', { to: 'scheduled', dueInMs: 0, reason: 'backoff' }),
    ],
  ])('never lets a claim and a cancellation that meet both have an entry that %s', async (_, prepare) => {
    const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => commit(`race-${n}`)))
    for (const id of ids) await prepare(id)
    const outcomes = await Promise.all(
      ids.map(async (entryId) => Promise.all([claim(entryId), cancelEntry(operator, command({ entryId }))])),
    )
    expect(outcomes.map(([claimed, cancelled]) => claimed.length + Number(cancelled.ok))).toEqual(ids.map(() => 1))
    expect(await books(operator)).toMatchObject({ committed: 40, unaccounted: 0 })
  })
})

describe('the audit', () => {
  it('names the first row that was tampered with', async () => {
    await dead('a')
    await discardDead(operator, command({ filter: {} }))
    await dead('b')
    await discardDead(operator, command({ filter: {} }))
    expect(await firstBrokenAudit(operator)).toBeNull()
    const [latest] = await listAudit(operator, { rows: 1 })
    await db.pool.query("update readback.audit_event set actor = 'bob' where seq = $1", [latest?.seq])
    expect(await firstBrokenAudit(operator)).toBe(latest?.seq)
  })
})
