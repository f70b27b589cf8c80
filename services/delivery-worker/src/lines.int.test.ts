import { refOf } from '@readback/dispatch'
import { runLoop } from '@readback/service-kit'
import { dueEntries } from '@readback/store'
import { isWrite, waitFor } from '@readback/testing'
import { afterEach, expect, it } from 'vitest'
import {
  type Bench,
  commitAndOffer,
  commitOnly,
  contractText,
  createBench,
  offer,
  states,
} from './testing/worker-fixture.ts'
import type { Worker } from './worker.ts'

const SOON = { withinMs: 60_000 }

let bench: Bench
let worker: Worker

let relaying = new AbortController()
let relay: Promise<void> | null = null

/** Without a relay nobody takes up what is due: whoever is called was called up. */
async function start(terms: string): Promise<void> {
  bench = await createBench((url) => `${contractText(url)}\n${terms}\n`)
  worker = await bench.start({ slots: 64 })
}
afterEach(async () => {
  relaying.abort()
  await relay
  relay = null
  await worker.stop(10_000)
  await bench.close()
})

/** Publishes what is due, as a relay does. */
function startRelay(): void {
  relaying = new AbortController()
  const recent: { entryId: string; fence: number }[] = []
  const runOnce = async () => {
    const page = { shards: [0, 1, 2, 3, 4, 5, 6, 7], limit: 500, handOverMs: 2_000, recent, after: null }
    const due = (await dueEntries(bench.db, page)).filter(({ topic }) => topic === 'deliver')
    recent.push(...due.map((row) => ({ entryId: row.entry_id, fence: row.fence })))
    await bench.dispatch.publish(
      'deliver',
      due.map((row) => refOf(row, 'main')),
    )
    return due.length
  }
  const failed = ({ error }: { error: unknown }) => expect(error).toBe(null)
  relay = runLoop({ name: 'relay', runOnce, idleMs: { first: 10, max: 10 }, signal: relaying.signal, observe: failed })
}

const keys = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`)
const begun = async () => (await bench.provider.ledger()).filter(isWrite).map(({ key }) => key ?? '')
/** All that anybody has claimed by now, whatever became of it. */
const claimed = async () => {
  const all = await states(bench)
  return Object.values(all).reduce((sum, count) => sum + count, 0) - (all['pending'] ?? 0)
}
const putOff = (reason: string) =>
  bench.observations.reduce(
    (sum, each) => sum + (each.type === 'throttled' && each.scope === reason ? each.count : 0),
    0,
  )

/** Who got a turn while this machine had no time for it. */
const missed = () =>
  bench.observations.flatMap((each) =>
    each.type === 'call_given_back' && each.reason === 'turn_missed' ? [each.entry_id] : [],
  )

it('a slot that becomes free goes to whoever has waited the longest, and nobody asks for it meanwhile', async () => {
  await start('concurrency: { per_tenant: 2 }')
  await bench.provider.plan({ writes: { everyKey: [{ name: 'slow', delayMs: 30 }] } })
  const [first, second] = [keys('first', 20), keys('second', 20)]
  await commitAndOffer(bench, first)
  await waitFor('the first ones to stand in line', async () => (await claimed()) === first.length, SOON)
  await commitAndOffer(bench, second)
  await waitFor('all of them', async () => (await states(bench)).done === 40, SOON)

  // Two at a time, so that neighbours may change places.
  const order = await begun()
  expect(order).toHaveLength(40)
  expect(new Set(order.slice(0, 18))).toEqual(new Set(order.slice(0, 18).filter((key) => first.includes(key))))
  expect(putOff('concurrency')).toBeLessThan(60)
})

it('what is urgent goes before what waits for a slot', async () => {
  await start('concurrency: { per_tenant: 1 }')
  await bench.provider.plan({ writes: { everyKey: [{ name: 'slow', delayMs: 100 }] } })
  await commitAndOffer(bench, keys('usual', 12))
  await waitFor('the usual ones to wait', async () => putOff('concurrency') >= 11, SOON)
  await commitAndOffer(bench, keys('urgent', 2), { priority: 3 })
  const before = (await begun()).length
  await waitFor('all of them', async () => (await states(bench)).done === 14, SOON)
  const order = await begun()
  const places = keys('urgent', 2).map((key) => order.indexOf(key))
  expect(Math.max(...places)).toBeLessThan(before + 4)
})

it('who has no turn joins the line of its limit, behind all others, and asks shortly before its turn', async () => {
  await start('limits: { per_tenant: 50/s }')
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.name)
  process.on('warning', note)
  const [first, second] = [await commitOnly(bench, keys('first', 30)), await commitOnly(bench, keys('second', 30))]
  await offer(bench, first)
  await offer(bench, second)
  const waiting = async () => putOff('rate_limit') + (await begun()).length + missed().length >= 60
  await waitFor('all to be called or to wait', waiting, SOON)
  process.off('warning', note)

  const { rows } = await bench.db.pool.query<{ in_ms: number }>(
    `select extract(epoch from due_at - min(due_at) over ())::float8 * 1000 as in_ms
     from readback.delivery where state = 'scheduled' and reason = 'rate_limit' and entry_id <> all ($1) order by due_at`,
    [missed()],
  )
  expect(rows.length).toBeGreaterThan(20)
  // 21 ms each; what joined with another claim is off by as long as that took, but none stands where all the others do.
  const spanMs = rows.at(-1)?.in_ms ?? 0
  expect(spanMs).toBeGreaterThan((rows.length - 1) * 14)
  expect(spanMs).toBeLessThan((rows.length - 1) * 25 + 500)
  // A dozen waits in this process for turns that were handed out ahead.
  expect(warnings).toEqual([])
})

it.each(['limits: { per_tenant: 20/s, per_effect: 100/s }', 'limits: { per_tenant: 100/s, per_effect: 20/s }'])(
  'under two rates each turn is used: %s',
  async (terms) => {
    await start(terms)
    startRelay()
    const startedMs = performance.now()
    await commitAndOffer(bench, keys('both', 60))
    await waitFor('all of them', async () => (await states(bench)).done === 60, SOON)
    // 3.2 s by the lower rate.
    expect(performance.now() - startedMs).toBeLessThan(12_000)
    expect(missed().length).toBeLessThan(20)
  },
)

it('a rate that holds back who got a slot leaves the slot to nobody, and nobody without a turn', async () => {
  await start('limits: { per_tenant: 60/min }\nconcurrency: { per_tenant: 2 }')
  startRelay()
  const startedMs = performance.now()
  const ids = await commitOnly(bench, keys('slow', 6))
  // They have waited for a minute already.
  await bench.db.pool.query("update readback.outbox set created_at = now() - interval '1 minute'")
  await offer(bench, ids)
  await waitFor('all of them', async () => (await states(bench)).done === 6, SOON)
  // 5.3 s by the rate.
  expect(performance.now() - startedMs).toBeLessThan(20_000)
})

it('a line whose entries have expired holds back nobody', async () => {
  await start('limits: { per_tenant: 10/s }')
  startRelay()
  await commitAndOffer(bench, keys('worthless', 150), { endsInMs: 1_500 })
  await waitFor('them to wait', async () => putOff('rate_limit') >= 140, SOON)
  const lastMs = performance.now()
  // A turn is free, and somebody asks only after the line would have gone on for ten seconds more.
  await waitFor('them to expire', async () => performance.now() - lastMs > 3_000, SOON)
  const startedMs = performance.now()
  await commitAndOffer(bench, keys('next', 20))
  const isDone = async () => (await states(bench)).done
  const before = (await isDone()) ?? 0
  await waitFor('the next ones', async () => ((await isDone()) ?? 0) >= before + 20, SOON)
  expect(performance.now() - startedMs).toBeLessThan(6_000)
})

it('who has expired in the line for a slot holds back nobody who has just come', async () => {
  await start('concurrency: { per_tenant: 1 }')
  await bench.provider.plan({ writes: { everyKey: [{ name: 'slow', delayMs: 3_000 }] } })
  await commitAndOffer(bench, ['holds'])
  await waitFor('the slot to be taken', async () => (await begun()).length === 1, SOON)
  await commitAndOffer(bench, ['expires'], { endsInMs: 1_500 })
  await waitFor('it to wait', async () => putOff('concurrency') === 1, SOON)
  await waitFor('the slot to be free', async () => (await states(bench)).done === 1, SOON)
  await commitAndOffer(bench, ['comes'])
  await waitFor('it to be called', async () => (await states(bench)).done === 2, SOON)
  expect(putOff('concurrency')).toBe(1)
})

it('of those that come at once the urgent one gets the slot', async () => {
  await start('concurrency: { per_tenant: 1 }')
  await bench.provider.plan({ writes: { everyKey: [{ name: 'slow', delayMs: 50 }] } })
  const [usual, urgent] = [await commitOnly(bench, ['usual']), await commitOnly(bench, ['urgent'], { priority: 9 })]
  await offer(bench, new Map([...usual, ...urgent]))
  await waitFor('both', async () => (await states(bench)).done === 2, SOON)
  expect(await begun()).toEqual(['urgent', 'usual'])
})
