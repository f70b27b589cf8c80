import { isWrite, waitFor } from '@readback/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Bench, commitAndOffer, createBench, states } from './testing/worker-fixture.ts'
import type { Worker } from './worker.ts'

const SLOTS = 4
const BACKLOG = 150
const SOON = { withinMs: 60_000 }

let bench: Bench
let worker: Worker

beforeEach(async () => {
  bench = await createBench()
  worker = await bench.start({ slots: SLOTS })
})
afterEach(async () => {
  await worker.stop(10_000)
  await bench.close()
})

it('what is urgent is called as soon as a slot is free, however many wait; and the others go on after it', async () => {
  await bench.provider.plan({ writes: { everyKey: [{ name: 'slow', delayMs: 100 }] } })
  const keys = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`)
  await commitAndOffer(bench, keys('usual', BACKLOG))
  const begun = async () => (await bench.provider.ledger()).filter(isWrite).map(({ key }) => key ?? '')
  await waitFor('a few calls', async () => (await begun()).length >= SLOTS, SOON)
  await commitAndOffer(bench, keys('urgent', 3), { priority: 3 })
  const before = (await begun()).length
  await waitFor('all of them', async () => (await states(bench)).done === BACKLOG + 3, SOON)

  const order = await begun()
  const places = keys('urgent', 3).map((key) => order.indexOf(key))
  // Behind what is claimed already, and the batch that is being claimed.
  expect(Math.max(...places)).toBeLessThan(before + 3 * SLOTS + 3)
  expect(before + 3 * SLOTS + 3).toBeLessThan(BACKLOG)
})
