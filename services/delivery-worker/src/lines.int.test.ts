import { isWrite, waitFor } from '@readback/testing'
import { afterEach, expect, it } from 'vitest'
import { type Bench, commitAndOffer, contractText, createBench, states } from './testing/worker-fixture.ts'
import type { Worker } from './worker.ts'

const SOON = { withinMs: 60_000 }

let bench: Bench
let worker: Worker

/** There is no relay here: nobody takes up what is due but by being called up. */
async function start(terms: string): Promise<void> {
  bench = await createBench((url) => `${contractText(url)}\n${terms}\n`)
  worker = await bench.start({ slots: 64 })
}
afterEach(async () => {
  await worker.stop(10_000)
  await bench.close()
})

const keys = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`)
const begun = async () => (await bench.provider.ledger()).filter(isWrite).map(({ key }) => key ?? '')
const putOff = (reason: string) =>
  bench.observations.reduce(
    (sum, each) => sum + (each.type === 'throttled' && each.scope === reason ? each.count : 0),
    0,
  )

it('a slot that becomes free goes to whoever has waited the longest, and nobody asks for it meanwhile', async () => {
  await start('concurrency: { per_tenant: 2 }')
  await bench.provider.plan({ writes: { everyKey: [{ name: 'slow', delayMs: 30 }] } })
  const [first, second] = [keys('first', 20), keys('second', 20)]
  await commitAndOffer(bench, first)
  await waitFor('the first ones to wait', async () => putOff('concurrency') === first.length - 2, SOON)
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
  await commitAndOffer(bench, keys('first', 30))
  await commitAndOffer(bench, keys('second', 30))
  const waiting = async () => putOff('rate_limit') + (await begun()).length >= 60
  await waitFor('all to be called or to wait', waiting, SOON)
  process.off('warning', note)

  const { rows } = await bench.db.pool.query<{ in_ms: number }>(
    `select extract(epoch from due_at - min(due_at) over ())::float8 * 1000 as in_ms
     from readback.delivery where state = 'scheduled' and reason = 'rate_limit' order by due_at`,
  )
  expect(rows.length).toBeGreaterThan(20)
  const spacings = rows.slice(1).map(({ in_ms }, n) => in_ms - (rows[n]?.in_ms ?? 0))
  // 21 ms; what joined with another claim may be a little off, and none stands where another one does.
  expect(Math.min(...spacings)).toBeGreaterThan(10)
  expect(Math.max(...spacings)).toBeLessThan(60)
  // A dozen waits in this process for turns that were handed out ahead.
  expect(warnings).toEqual([])
})
