import { describe, expect, it, vi } from 'vitest'
import { createRest, rest } from './rest.ts'
import { type LoopFailed, type LoopOptions, runLoop } from './run-loop.ts'

const observe = () => {}

/** Runs rounds with the given results on a virtual clock, and says at which millisecond each began. */
async function roundsOf(
  results: readonly (number | Error)[],
  idleMs: LoopOptions['idleMs'] = { first: 1, max: 8 },
  lastsMs = 0,
) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
  const stop = new AbortController()
  const startedAtMs: number[] = []
  const failures: LoopFailed[] = []
  const runOnce = async () => {
    startedAtMs.push(Math.round(performance.now()))
    const result = results[startedAtMs.length - 1]
    if (lastsMs > 0) await rest(lastsMs, stop.signal)
    if (startedAtMs.length === results.length) stop.abort()
    if (result instanceof Error) throw result
    return result ?? 0
  }
  const beganAtMs = performance.now()
  const loop = runLoop({
    name: 'relay',
    runOnce,
    idleMs,
    signal: stop.signal,
    observe: (failed) => failures.push(failed),
  })
  while (!stop.signal.aborted) await vi.advanceTimersByTimeAsync(1)
  await loop
  vi.useRealTimers()
  return { startedAtMs: startedAtMs.map((at) => at - Math.round(beganAtMs)), failures }
}

describe('a loop', () => {
  it('rests a millisecond while busy', async () => {
    expect((await roundsOf([5, 5, 5, 5])).startedAtMs).toEqual([0, 1, 2, 3])
  })

  it('doubles its rest while there is nothing to do, up to the longest', async () => {
    expect((await roundsOf([0, 0, 0, 0, 0, 0])).startedAtMs).toEqual([0, 2, 6, 14, 22, 30])
  })

  it('is quick again after the first thing to do', async () => {
    expect((await roundsOf([0, 0, 1, 1])).startedAtMs).toEqual([0, 2, 6, 7])
  })

  it('stays quick for a while after it did something, where it is told to', async () => {
    const { startedAtMs } = await roundsOf([1, 0, 0, 0, 0, 0], { first: 1, max: 8, warm: 3 })
    expect(startedAtMs).toEqual([0, 1, 2, 3, 5, 9])
  })

  it('begins its rounds evenly shortly after it did something, however long they take, where it is told to', async () => {
    const { startedAtMs } = await roundsOf([1, 0, 0, 1, 0], { first: 5, max: 8, warm: 100, hot: 9 }, 3)
    expect(startedAtMs).toEqual([0, 8, 13, 21, 29])
  })

  it('wakes together with others that rest long', async () => {
    const slow = await roundsOf([0, 0, 0], { first: 250, max: 400 })
    const gaps = slow.startedAtMs.map((at, nth) => at - (slow.startedAtMs[nth - 1] ?? 0)).slice(2)
    expect(gaps.every((gap) => gap % 100 === 0)).toBe(true)
    expect(gaps).toEqual([400])
  })

  it('wakes with those that rest half a second and longer twice a second', async () => {
    const slow = await roundsOf([0, 0, 0, 0], { first: 300, max: 1_100 })
    const gaps = slow.startedAtMs.map((at, nth) => at - (slow.startedAtMs[nth - 1] ?? 0)).slice(2)
    expect(gaps.every((gap) => gap > 0 && gap % 500 === 0)).toBe(true)
  })

  it('goes on at once when somebody ends its rest', async () => {
    const stop = new AbortController()
    const resting = createRest()
    let rounds = 0
    const runOnce = async () => {
      rounds += 1
      if (rounds === 3) stop.abort()
      else setImmediate(resting.wake)
      return 0
    }
    await runLoop({
      name: 'relay',
      runOnce,
      idleMs: { first: 60_000, max: 60_000 },
      signal: stop.signal,
      observe,
      resting,
    })
    expect(rounds).toBe(3)
  })

  it('outlives failures, backs off and says so', async () => {
    const { startedAtMs, failures } = await roundsOf([new Error('gone'), new Error('gone'), 1])
    // Sooner by less than a tenth of a second, to wake with others.
    expect(startedAtMs.map((at) => Math.ceil(at / 100))).toEqual([0, 1, 3])
    expect(failures.map((failed) => [failed.name, failed.failures])).toEqual([
      ['relay', 1],
      ['relay', 2],
    ])
  })

  it('ends at once when it is aborted while resting', async () => {
    const stop = new AbortController()
    const loop = runLoop({
      name: 'relay',
      runOnce: async () => {
        setImmediate(() => stop.abort())
        return 0
      },
      idleMs: { first: 60_000, max: 60_000 },
      signal: stop.signal,
      observe: () => {},
    })
    await loop
  })
})
