import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { deployContract } from '../contracts/deploy-contract.ts'
import { loadContracts } from '../contracts/load-contracts.ts'
import {
  called,
  claim,
  commit,
  db,
  dead,
  deploy,
  done,
  HOUR_MS,
  named,
  operator,
  useEntries,
} from '../testing/entry-fixture.ts'
import { books } from './books.ts'
import { effectStatus } from './effect-status.ts'
import { explainEntry } from './explain-entry.ts'
import { lag } from './lag.ts'
import { type EntryFilter, listEntries } from './list-entries.ts'

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

useEntries()

describe('asking what has become of an intent', () => {
  it('answers for a key that nobody has used', async () => {
    expect(await effectStatus(operator, named('never'))).toEqual({
      tenant: 'acme',
      effect_name: 'invoice.issue',
      key: 'never',
      status: 'not_started',
      state: null,
      cause: null,
      entry_id: null,
      attempts: 0,
      receipt: null,
      history: [],
      next: null,
      held_by: null,
      compensates: null,
      compensated_by: null,
    })
  })

  it('gives the receipt and the whole history of what is done, oldest first', async () => {
    const entryId = await done('a')
    await commit('a')
    const status = await effectStatus(operator, named('a'))
    expect(status).toMatchObject({
      status: 'done',
      state: 'done',
      entry_id: entryId,
      attempts: 1,
      receipt: {
        verdict: 'present',
        external_id: 'inv-1',
        evidence: { seen: 1 },
        contract_version: 1,
        kept: { charge: 'ch-1' },
      },
      next: null,
      held_by: null,
    })
    expect(status.receipt?.observed_at).toMatch(UTC)
    expect(status.history.map((item) => item.what)).toEqual(['committed', 'call', 'look', 'done', 'enqueued_again'])
    expect(status.history.every((item) => UTC.test(item.at))).toBe(true)
  })

  it('says what happens next, and when', async () => {
    const entryId = await commit('a')
    expect(await effectStatus(operator, named('a'))).toMatchObject({
      status: 'in_progress',
      state: 'pending',
      next: { what: 'call' },
    })
    await called(entryId, 'retryable_failure', { to: 'scheduled', dueInMs: 60_000, reason: 'backoff' })
    const waiting = await effectStatus(operator, named('a'))
    expect(waiting).toMatchObject({
      status: 'in_progress',
      state: 'scheduled',
      cause: 'backoff',
      next: { what: 'call' },
    })
    expect(waiting.next?.due_at).toMatch(UTC)
    await dead('b')
    expect(await effectStatus(operator, named('b'))).toMatchObject({
      status: 'needs_attention',
      next: { what: 'person' },
    })
  })

  it('explains an entry by its id', async () => {
    const entryId = await dead('a')
    expect(await explainEntry(operator, entryId)).toMatchObject({
      key: 'a',
      effect_version: 1,
      explanation: expect.stringContaining('Needs a person'),
      live: { fence: 1, last_outcome: 'side_effect_unknown' },
    })
    expect(await explainEntry(operator, randomUUID())).toBeNull()
  })
})

describe('listing entries', () => {
  it('filters by state, names, cause and age', async () => {
    const dying = await dead('cust-7/1')
    const ended = await done('cust-7/2')
    const fresh = await commit('cust-8/1')
    const ids = async (filter: EntryFilter) =>
      (await listEntries(operator, filter)).entries.map((entry) => entry.entry_id)
    expect(await ids({})).toEqual([fresh, ended, dying])
    expect(await ids({ state: 'pending' })).toEqual([fresh])
    expect(await ids({ state: 'dead', tenant: 'acme' })).toEqual([dying])
    expect(await ids({ state: 'done', effect: 'invoice.issue' })).toEqual([ended])
    expect(await ids({ keyPrefix: 'cust-7/' })).toEqual([ended, dying])
    expect(await ids({ cause: 'side_effect_unknown' })).toEqual([dying])
    expect(await ids({ olderThanMs: HOUR_MS })).toEqual([])
    expect(await ids({ tenant: 'other' })).toEqual([])
  })

  it('reads on where a page ended, whatever is committed in between', async () => {
    const ids = [await commit('a'), await commit('b'), await commit('c')]
    const first = await listEntries(operator, {}, { rows: 2 })
    await commit('d')
    const second = await listEntries(operator, {}, { rows: 2, after: first.next ?? '' })
    expect([...first.entries, ...second.entries].map((entry) => entry.entry_id)).toEqual(ids.reverse())
    expect(second.next).toBeNull()
  })
})

describe('lag', () => {
  it('names the stage of everything that is under way', async () => {
    await commit('a')
    await claim(await commit('b'))
    await called(await commit('c'), 'retryable_failure', { to: 'scheduled', dueInMs: HOUR_MS, reason: 'rate_limit' })
    await called(await commit('d'), 'side_effect_unknown', { to: 'unknown', dueInMs: 0 })
    await called(await commit('e'), 'success', { to: 'verifying', dueInMs: 0 })
    await dead('f')
    await done('g')
    const now = await lag(operator)
    expect(now.stages.map((stage) => [stage.stage, stage.count])).toEqual([
      ['call', 1],
      ['capture', 1],
      ['unknown', 1],
      ['verify', 1],
      ['wait', 1],
    ])
    expect(now).toMatchObject({ unknown: 1, dead: 1, throttled: 1 })
    expect(now.cursor_lag_seconds).toBeGreaterThan(0)
    expect(now.key_retention_headroom_seconds).toBeGreaterThan(29 * 24 * 3_600)
    await db.pool.query('update readback.relay_cursor set snapshot = pg_current_snapshot()')
    expect((await lag(operator)).stages.map((stage) => stage.stage)).toContain('claim')
    expect((await lag(operator)).cursor_lag_seconds).toBe(0)
  })

  it('balances the books', async () => {
    await commit('a')
    await dead('b')
    await done('c')
    await claim(await commit('d'))
    expect(await books(operator)).toEqual({ committed: 4, pending: 1, live: 1, dead: 1, settled: 1, unaccounted: 0 })
  })
})

describe('the books', () => {
  it('count what is lost: a key without its entry, and an entry that is live and settled at once', async () => {
    const lost = await commit('a')
    await db.pool.query('delete from readback.outbox where entry_id = $1', [lost])
    expect(await books(operator)).toMatchObject({ committed: 0, unaccounted: 1 })
    await db.pool.query('delete from readback.effect_key')
    const twice = await done('b')
    await db.pool.query(
      `insert into readback.delivery (entry_id, shard, tenant, effect, state, cause, retry_from)
       select entry_id, 0, tenant, effect, 'dead', 'x', now() from readback.settlement where entry_id = $1`,
      [twice],
    )
    expect(await books(operator)).toMatchObject({ committed: 1, unaccounted: 1 })
  })
})

describe('contracts', () => {
  it('are deployed once, and never change under their version', async () => {
    const record = { effect: 'ticket.open', version: 1, hash: 'one', document: '{"a":1}', keyRetentionMs: 1_000 }
    expect(await deployContract(operator, record, { dryRun: true })).toBe('created')
    expect(await deploy('ticket.open', { a: 1 })).toBe('created')
    expect(await deployContract(operator, record, { dryRun: true })).toBe('noop')
    expect(await deploy('ticket.open', { a: 1 })).toBe('noop')
    await expect(deploy('ticket.open', { a: 2 }, 'two')).rejects.toMatchObject({ code: 'contract_changed' })
    expect(await loadContracts(operator)).toContainEqual({
      effect: 'ticket.open',
      version: 1,
      hash: 'one',
      document: '{"a":1}',
      keyRetentionMs: 30 * 24 * HOUR_MS,
    })
  })
})
