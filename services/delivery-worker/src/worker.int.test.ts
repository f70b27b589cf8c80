import { randomUUID } from 'node:crypto'
import { expireLeases } from '@readback/store'
import { isWrite, waitFor } from '@readback/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Bench,
  commitAndOffer,
  createBench,
  failingOnce,
  losingFirstCommit,
  offer,
  standStill,
  stateOf,
  states,
  UNREADABLE,
} from './testing/worker-fixture.ts'
import type { Worker } from './worker.ts'

const SOON = { withinMs: 15_000 }
/** However slow the machine is, it is under way until the test has seen what it is about. */
const UNTIL_LET_GO = { name: 'slow', delayMs: 20_000 } as const

let bench: Bench
let worker: Worker | null

beforeEach(async () => {
  worker = null
  bench = await createBench()
})

afterEach(async () => {
  await worker?.stop(10_000)
  await bench.close()
})

const keys = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`)
const writes = async () => (await bench.provider.ledger()).filter(isWrite)
const observed = (type: string) => bench.observations.filter((each) => each.type === type)

describe('a worker', () => {
  it('refills its slots one by one: a slow call holds up neither its batch nor what comes after', async () => {
    await bench.provider.plan({ writes: { byKey: { slow: [UNTIL_LET_GO] } } })
    worker = await bench.start({ slots: 4 })
    const ids = await commitAndOffer(bench, ['slow', ...keys('quick', 40)])
    const seen = await waitFor(
      'the others',
      async () => {
        const now = await states(bench)
        return now.done === 40 && now
      },
      SOON,
    )
    expect(seen).toEqual({ done: 40, calling: 1 })
    expect(await stateOf(bench, ids.get('slow'))).toBe('calling')
    bench.letGo()
    await waitFor('the slow one', async () => (await states(bench)).done === 41, SOON)
  })

  it('settles what its own look has seen, with the values that the contract keeps', async () => {
    worker = await bench.start({ slots: 2 })
    await commitAndOffer(bench, ['a'])
    await waitFor('the receipt', async () => (await states(bench)).done === 1, SOON)
    const { rows } = await bench.db.pool.query('select receipt from readback.effect')
    expect(rows).toMatchObject([{ receipt: { verdict: 'present', kept: { sum: 5 } } }])
  })

  it('remembers what its own look has seen, though that is not done: gone later, it was removed and is not called again', async () => {
    await bench.provider.plan({ writes: { byKey: { a: ['stored-other'], b: ['dropped'] } } })
    worker = await bench.start({ slots: 2 })
    await commitAndOffer(bench, ['a', 'b'])
    await waitFor('both calls', async () => (await states(bench)).verifying === 2, SOON)
    const { rows } = await bench.db.pool.query(
      'select e.key, d.seen_present from readback.delivery d join readback.effect e using (entry_id) order by 1',
    )
    expect(rows).toEqual([
      { key: 'a', seen_present: true },
      { key: 'b', seen_present: false },
    ])
  })

  it('never has more calls under way than slots', async () => {
    await bench.provider.plan({ writes: { everyKey: [{ name: 'slow', delayMs: 100 }] } })
    worker = await bench.start({ slots: 3 })
    await commitAndOffer(bench, keys('a', 12))
    await waitFor('all of them', async () => (await states(bench)).done === 12, SOON)
    const begun = (await writes()).map(({ atMs }) => atMs)
    // Each takes 100 ms: a fourth that begins sooner after the first would be under way beside three others.
    const apart = begun.slice(3).map((atMs, index) => atMs - (begun[index] ?? 0))
    expect(begun).toHaveLength(12)
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(95)
  })

  it('drains when it stops: what is under way ends and is written down, nothing is begun, nothing is left in doubt', async () => {
    await bench.provider.plan({ writes: { everyKey: [{ name: 'slow', delayMs: 300 }] } })
    worker = await bench.start({ slots: 8 })
    await commitAndOffer(bench, keys('a', 60))
    await waitFor('calls under way', async () => (await writes()).length >= 12, SOON)
    await worker.stop(10_000)

    const { done = 0, pending = 0, scheduled = 0, ...others } = await states(bench)
    expect(others).toEqual({})
    expect(done + pending + scheduled).toBe(60)
    expect(done).toBe((await writes()).length)
    expect(pending + scheduled).toBeGreaterThan(0)
    const { rows } = await bench.db.pool.query('select coalesce(sum(attempts), 0)::int as used from readback.delivery')
    expect(rows).toEqual([{ used: 0 }])
  })

  it('asks again right before the call whether the entry is still its own: it may have been frozen since it asked first', async () => {
    let asked = 0
    const { id } = bench.session
    const lostSoon = {
      id,
      get holds() {
        asked += 1
        return asked === 1
      },
    }
    bench.onReached = (point) => {
      if (point === 'claimed') bench.session = lostSoon
    }
    worker = await bench.start({ slots: 10 })
    await commitAndOffer(bench, ['a'])
    await waitFor('the claim to be given back', async () => (await states(bench)).scheduled === 1, SOON)
    expect([asked, await writes()]).toEqual([2, []])
  })

  it.each([
    ['is not sure of its session any more', () => ({ id: bench.session.id, holds: false })],
    ['has another session by now', () => ({ id: randomUUID(), holds: true })],
  ])('that %s gives its claims back and calls nobody', async (_, lost) => {
    bench.onReached = (point) => {
      if (point === 'claimed') bench.session = lost()
    }
    worker = await bench.start({ slots: 10 })
    const ids = await commitAndOffer(bench, keys('a', 5))
    await waitFor('the claims to be given back', async () => (await states(bench)).scheduled === 5, SOON)
    expect(await writes()).toEqual([])
    expect(observed('call_given_back')).toHaveLength(5)
    const { rows } = await bench.db.pool.query(
      'select distinct attempts, reason, first_called_at from readback.delivery',
    )
    expect(rows).toEqual([{ attempts: 0, reason: 'call_again', first_called_at: null }])

    bench.onReached = () => {}
    bench.session.holds = true
    await offer(bench, ids)
    await waitFor('them to be called after all', async () => (await states(bench)).done === 5, SOON)
    expect(await writes()).toHaveLength(5)
  })

  it('writes nothing of a call whose lease ended before it did', async () => {
    await bench.provider.plan({ writes: { everyKey: [UNTIL_LET_GO] } })
    worker = await bench.start({ slots: 4 })
    const ids = await commitAndOffer(bench, ['a'])
    await waitFor('the call', async () => (await writes()).length === 1, SOON)
    await bench.db.pool.query('update readback.delivery set lease_until = now()')
    await expireLeases(bench.db, 10)
    bench.letGo()
    await waitFor('the lost lease to be noticed', () => observed('lease_lost').length === 1, SOON)
    expect(await stateOf(bench, ids.get('a'))).toBe('unknown')
    const { rows } = await bench.db.pool.query('select result, cause from readback.every_attempt')
    expect(rows).toEqual([{ result: 'side_effect_unknown', cause: 'lease_expired' }])
  })

  it('gives back at once what a claim took whose answer was lost, and uses up no attempt', async () => {
    worker = await bench.start({ slots: 4, db: losingFirstCommit(bench.db) })
    await commitAndOffer(bench, keys('a', 4))
    await waitFor('all of them', async () => (await states(bench)).done === 4, SOON)
    const { rows } = await bench.db.pool.query('select distinct attempts, fence from readback.settlement')
    // Claimed, given back, claimed again and called, looked at.
    expect(rows).toEqual([{ attempts: 1, fence: 3 }])
    expect(await writes()).toHaveLength(4)
  })

  it('gives back at once what it has claimed when the claim of the rest fails', async () => {
    await commitAndOffer(bench, keys('a', 4))
    await offer(bench, new Map([['missing', randomUUID()]]))
    worker = await bench.start({ slots: 8, db: failingOnce(bench.db, 'claim_for_call') })
    await waitFor('all of them', async () => (await states(bench)).done === 4, SOON)
    const { rows } = await bench.db.pool.query('select distinct attempts, fence from readback.settlement')
    expect(rows).toEqual([{ attempts: 1, fence: 3 }])
    expect(await writes()).toHaveLength(4)
  })

  it('puts an entry off whose reference names another effect: its own limits were not asked for', async () => {
    worker = await bench.start({ slots: 4 })
    const enqueue = 'select entry_id from readback.enqueue($1, $2, $3, $4)'
    const { rows } = await bench.db.pool.query(enqueue, ['acme', UNREADABLE, 'a', '{"amount":1}'])
    await offer(bench, new Map([['a', rows[0].entry_id]]))
    await waitFor('it to be put off', () => observed('call_given_back').length > 0, SOON)
    expect(observed('call_given_back')).toMatchObject([{ effect: UNREADABLE, reason: 'reference_misnamed' }])
    expect(await stateOf(bench, rows[0].entry_id)).toBe('scheduled')
    expect(await writes()).toEqual([])
  })

  it('gives entries of a contract version that it cannot read to a person, and goes on with the others', async () => {
    await bench.db.pool.query('delete from readback.contract where effect = $1 and version = 2', [UNREADABLE])
    const unreadable = await commitAndOffer(bench, keys('letter', 3), { effect: UNREADABLE })
    await commitAndOffer(bench, keys('invoice', 3))
    worker = await bench.start({ slots: 10 })
    await waitFor('both kinds', async () => (await states(bench)).done === 3 && (await states(bench)).dead === 3, SOON)
    const { rows } = await bench.db.pool.query('select entry_id, cause from readback.delivery')
    expect(new Set(rows.map((row) => row.entry_id))).toEqual(new Set(unreadable.values()))
    expect(new Set(rows.map((row) => row.cause))).toEqual(new Set(['contract_unreadable']))
    expect(await writes()).toHaveLength(3)
  })

  it('drops references to what it does not know, and goes on with the others', async () => {
    worker = await bench.start({ slots: 10 })
    await offer(bench, new Map([['foreign', randomUUID()]]), { effect: 'nobody.deployed' })
    await offer(bench, new Map([['missing', randomUUID()]]))
    await commitAndOffer(bench, ['a'])
    await waitFor('the known one', async () => (await states(bench)).done === 1, SOON)
    expect(await writes()).toHaveLength(1)
    expect(observed('effect_unknown')).toMatchObject([{ effect: 'nobody.deployed' }])
  })

  it('calls nothing whose end came between the claim and the call', async () => {
    bench.onReached = (point) => {
      if (point === 'claimed') standStill(1_000)
    }
    worker = await bench.start({ slots: 4 })
    const ids = await commitAndOffer(bench, ['late', 'later'], { endsInMs: 900 })
    await waitFor('both to be given back', async () => (await states(bench)).scheduled === 2, SOON)
    const { rows } = await bench.db.pool.query('select distinct attempts, reason from readback.delivery')
    expect([ids.size, rows]).toEqual([2, [{ attempts: 0, reason: 'expiring' }]])
    expect(await writes()).toEqual([])
  })

  it('has an entry looked for instead of calling it when the provider’s key has ended while the call waited', async () => {
    const ids = await commitAndOffer(bench, ['late'])
    await bench.db.pool.query(
      `insert into readback.delivery (entry_id, shard, tenant, effect, state, attempts, due_at, reason, last_outcome, first_called_at, retry_from)
       select entry_id, shard, tenant, effect, 'scheduled', 1, now(), 'rate_limit', 'side_effect_unknown', now() - interval '28 days', now()
       from readback.outbox`,
    )
    worker = await bench.start({ slots: 4 })
    await waitFor('the decision', async () => (await stateOf(bench, ids.get('late'))) === 'unknown', SOON)
    const { rows } = await bench.db.pool.query('select result, cause from readback.attempt')
    expect(rows).toEqual([{ result: 'retryable_failure', cause: 'key_expired' }])
    expect(await writes()).toEqual([])
  })

  it('calls an entry once however often its reference comes', async () => {
    worker = await bench.start({ slots: 4 })
    const ids = await commitAndOffer(bench, keys('a', 8))
    for (let nth = 0; nth < 20; nth += 1) await offer(bench, ids)
    await waitFor('all of them', async () => (await states(bench)).done === 8, SOON)
    await waitFor('the references to be used up', async () => (await bench.dispatch.backlog('deliver')) === 0, SOON)
    expect(await writes()).toHaveLength(8)
    expect(await states(bench)).toEqual({ done: 8 })
    expect((await bench.provider.effects()).length).toBe(8)
  })
})
