import { describe, expect, it } from 'vitest'
import type { Job } from './jobs/job.ts'
import { runJobs } from './jobs.ts'
import type { RelayObservation } from './observation.ts'

type Given = { leads?: () => boolean; asks?: number; stepMs?: number }

/** Runs one job until it was asked so often, by a clock that goes on as it likes. */
async function run(job: Omit<Job, 'name'>, { leads = () => true, asks = 10, stepMs = 0 }: Given = {}) {
  const stop = new AbortController()
  const observed: RelayObservation[] = []
  let nowMs = 0
  let asked = 0
  await runJobs(
    {
      db: {} as never,
      retentionMs: null,
      wake: { has: () => true, done: () => {} },
      observe: (observation) => observed.push(observation),
      leads() {
        asked += 1
        if (asked >= asks) stop.abort()
        return leads()
      },
      monotonicMs: () => {
        nowMs += stepMs
        return nowMs
      },
      signal: stop.signal,
    },
    [{ name: 'sweeping', ...job }],
  )
  return observed
}

describe('a job', () => {
  it('is not run by a relay that does not lead, and at once by the one that takes over', async () => {
    let rounds = 0
    const job = { everyMs: 1, run: async () => (rounds += 1) }
    await run(job, { leads: () => false })
    expect(rounds).toBe(0)
    await run({ ...job, everyMs: 3_600_000 }, { asks: 1 })
    expect(rounds).toBe(1)
  })

  it('goes on while it finds something, and rests for its time when it finds nothing', async () => {
    const portions = [5, 5, 0, 7]
    const found: number[] = []
    const job = {
      everyMs: 20,
      async run() {
        const portion = portions.shift() ?? 0
        found.push(portion)
        return portion
      },
    }
    await run(job, { asks: 8 })
    expect(found).toEqual([5, 5, 0])
    portions.unshift(5)
    await run(job, { asks: 6, stepMs: 30 })
    expect(found).toEqual([5, 5, 0, 5, 7, 0, 0, 0, 0])
  })

  it('that fails is told by its name, and tried again', async () => {
    let rounds = 0
    const job = {
      everyMs: 3_600_000,
      async run() {
        rounds += 1
        throw new Error('no such table')
      },
    }
    expect(await run(job, { asks: 2 })).toMatchObject([{ type: 'loop_failed', name: 'sweeping', failures: 1 }])
    expect(rounds).toBe(2)
  })
})
