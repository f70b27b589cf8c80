import { expireLeases } from '@readback/store'
import { isWrite, waitFor } from '@readback/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  apply,
  type Bench,
  CODE_ELSEWHERE,
  calledWith,
  createBench,
  KEYED,
  OPAQUE,
  offerDue,
  stateOf,
  UNREADABLE,
} from './testing/verifier-fixture.ts'
import type { Verifier } from './verifier.ts'

const SOON = { withinMs: 15_000 }
/** However slow the machine is, it is under way until the test has seen what it is about. */
const UNTIL_LET_GO = { name: 'slow', delayMs: 20_000 } as const

let bench: Bench
let verifier: Verifier | null

beforeEach(async () => {
  verifier = null
  bench = await createBench()
})

afterEach(async () => {
  await verifier?.stop(10_000)
  await bench.close()
})

/** Offers what is due until the entry has reached this state. */
const reaches = (entryId: string, state: string) =>
  waitFor(
    `the state ${state}`,
    async () => {
      await offerDue(bench)
      const now = await stateOf(bench, entryId)
      return now.state === state ? now : null
    },
    SOON,
  )

const looksFor = async (key: string) => (await bench.provider.calls(key)).filter((call) => !isWrite(call)).length
const observed = (type: string) => bench.observations.filter((each) => each.type === type)

describe('a verifier', () => {
  it.each(['success', 'side_effect_unknown'])(
    'settles what it sees, with the receipt, after a call of class %s',
    async (outcome) => {
      verifier = await bench.start({ slots: 4 })
      await apply(bench, 'a')
      const entryId = await calledWith(bench, 'a', outcome)
      await reaches(entryId, 'done')
      const { rows } = await bench.db.pool.query('select * from readback.settlement')
      const receipt = { verdict: 'present', contract_version: 1, kept: { sum: 5 } }
      expect(rows).toMatchObject([{ entry_id: entryId, attempts: 1, ...receipt }])
      expect(rows[0].observed_at).toBeInstanceOf(Date)
      expect(observed('entry_settled')).toHaveLength(1)
    },
  )

  it('has a call made again only after two looks that saw nothing, and hands it on at once', async () => {
    verifier = await bench.start({ slots: 4 })
    const entryId = await calledWith(bench, 'a', 'side_effect_unknown')
    await reaches(entryId, 'scheduled')
    expect(await looksFor('a')).toBeGreaterThanOrEqual(2)
    await waitFor('the hand-over', () => bench.handedOn.length === 1, SOON)
    expect(bench.handedOn).toMatchObject([{ entryId, key: 'a', orderingKey: 'a' }])
    const { rows } = await bench.db.pool.query("select result from readback.every_attempt where kind = 'look'")
    expect(rows.length).toBeGreaterThanOrEqual(2)
    expect(new Set(rows.map((row) => row.result))).toEqual(new Set(['absent']))
  })

  it('finds what an earlier call has left though the key has ended, and tells a person only of what is not there', async () => {
    verifier = await bench.start({ slots: 4 })
    await apply(bench, 'there')
    const there = await calledWith(bench, 'there', 'retryable_failure', KEYED)
    const gone = await calledWith(bench, 'gone', 'retryable_failure', KEYED)
    await bench.db.pool.query("update readback.delivery set attempts = 2, first_called_at = now() - interval '1 day'")
    await reaches(there, 'done')
    expect(await reaches(gone, 'dead')).toMatchObject({ cause: 'key_expired' })
    expect(bench.handedOn).toEqual([])
  })

  it('never takes a look that failed, or that was blind for a while, for an absence', async () => {
    await bench.provider.plan('blind-looks')
    verifier = await bench.start({ slots: 4 })
    await apply(bench, 'a')
    await reaches(await calledWith(bench, 'a', 'success'), 'done')
    expect(bench.handedOn).toEqual([])
  })

  it('asks a person about what differs, is there twice, or was never there to be looked at', async () => {
    verifier = await bench.start({ slots: 4 })
    await apply(bench, 'other', 6)
    await apply(bench, 'twice')
    await apply(bench, 'twice')
    const causes = []
    for (const key of ['other', 'twice']) causes.push(await reaches(await calledWith(bench, key, 'success'), 'dead'))
    causes.push(await reaches(await calledWith(bench, 'mail', 'side_effect_unknown', OPAQUE), 'dead'))
    expect(causes.map(({ cause }) => cause)).toEqual(['mismatch', 'duplicate_at_provider', 'unknown_outcome'])
    expect(bench.handedOn).toEqual([])
  })

  it('gives entries of a contract that it cannot read to a person, and goes on with the others', async () => {
    verifier = await bench.start({ slots: 4 })
    await apply(bench, 'a')
    const unreadable = await calledWith(bench, 'letter', 'success', UNREADABLE)
    const entryId = await calledWith(bench, 'a', 'success')
    await reaches(entryId, 'done')
    expect(await reaches(unreadable, 'dead')).toMatchObject({ cause: 'contract_unreadable', status: 'needs_attention' })
  })

  it('leaves entries alone whose code other processes have, and goes on with its own', async () => {
    verifier = await bench.start({ slots: 4 })
    await apply(bench, 'b')
    const elsewhere = await calledWith(bench, 'parcel', 'success', CODE_ELSEWHERE)
    await reaches(await calledWith(bench, 'b', 'success'), 'done')
    await waitFor('the look to be left', () => observed('look_failed').length > 0, SOON)
    const { state, cause } = await stateOf(bench, elsewhere)
    expect([state, cause]).toEqual(['verifying', null])
  })

  it('refills its slots one by one: a slow look holds up neither its batch nor what comes after', async () => {
    await bench.provider.plan({ looks: { byKey: { slow: [UNTIL_LET_GO] } } })
    verifier = await bench.start({ slots: 3 })
    await apply(bench, 'slow')
    const slow = await calledWith(bench, 'slow', 'success')
    const others: string[] = []
    for (let nth = 0; nth < 15; nth += 1) {
      await apply(bench, `quick-${nth}`)
      others.push(await calledWith(bench, `quick-${nth}`, 'success'))
    }
    await offerDue(bench)
    const isDone = async (id: string) => (await stateOf(bench, id)).state === 'done'
    await waitFor('the others', async () => (await Promise.all(others.map(isDone))).every(Boolean), SOON)
    expect(await stateOf(bench, slow)).toMatchObject({ state: 'verifying' })
    bench.letGo()
    await reaches(slow, 'done')
  })

  it('drains when it stops: looks under way end and are written down', async () => {
    await bench.provider.plan({ looks: { everyKey: [UNTIL_LET_GO] } })
    verifier = await bench.start({ slots: 4 })
    for (let nth = 0; nth < 10; nth += 1) {
      await apply(bench, `a-${nth}`)
      await calledWith(bench, `a-${nth}`, 'success')
    }
    await offerDue(bench)
    const looks = async () => (await bench.provider.ledger()).filter((call) => !isWrite(call)).length
    await waitFor('looks under way', async () => (await looks()) >= 4, SOON)
    const stopped = verifier.stop(10_000)
    bench.letGo()
    await stopped
    const { rows } = await bench.db.pool.query('select count(*) from readback.delivery where lease_owner is not null')
    expect(rows).toEqual([{ count: 0 }])
    const { rows: settled } = await bench.db.pool.query('select count(*) from readback.settlement')
    expect(settled).toEqual([{ count: 4 }])
  })

  it('gives a look up before its lease ends: it counts as one that failed, so that a person hears of it at last', async () => {
    await bench.provider.plan({ looks: { everyKey: [{ name: 'slow', delayMs: 2_500 }] } })
    verifier = await bench.start({ slots: 4, leaseMs: 1_300 })
    await calledWith(bench, 'a', 'success')
    await offerDue(bench)
    const missed = 'select misses from readback.delivery where misses > 0 and lease_owner is null'
    await waitFor('the miss', async () => (await bench.db.pool.query(missed)).rows.length === 1, SOON)
    const { rows } = await bench.db.pool.query("select result, cause from readback.every_attempt where kind = 'look'")
    expect(rows).toEqual([{ result: 'inconclusive', cause: 'aborted' }])
  })

  it('writes nothing of a look whose lease ended before it did', async () => {
    await bench.provider.plan({ looks: { everyKey: [UNTIL_LET_GO] } })
    verifier = await bench.start({ slots: 4 })
    await apply(bench, 'a')
    const entryId = await calledWith(bench, 'a', 'success')
    await offerDue(bench)
    await waitFor('the look', async () => (await looksFor('a')) === 1, SOON)
    await bench.db.pool.query('update readback.delivery set lease_until = now()')
    expect(await expireLeases(bench.db, 10)).toEqual({ calls: 0, looks: 1 })
    bench.letGo()
    await waitFor('the lost lease to be noticed', () => observed('lease_lost').length === 1, SOON)
    expect(await stateOf(bench, entryId)).toMatchObject({ state: 'verifying' })
  })
})
