import { describe, expect, it } from 'vitest'
import type { EntryRef } from './dispatch.ts'
import { PRIORITY_STEP_MS } from './priority.ts'
import { createRefQueue, type RefQueue } from './ref-queue.ts'
import { numberOf, refs } from './testing/refs.ts'

const urgent = (from: number, to: number, priority: number): EntryRef[] =>
  refs(from, to).map((ref) => ({ ...ref, priority }))

let nowMs = 0
const createQueue = () => {
  nowMs = 0
  return createRefQueue(10_000, () => nowMs)
}

async function take(queue: RefQueue, limit: number): Promise<number[]> {
  let taken: readonly EntryRef[] = []
  await queue.next(limit, async (given) => {
    taken = given
  })
  return taken.map(({ entryId }) => numberOf(entryId))
}

describe('a queue', () => {
  it('gives what came first first', async () => {
    const queue = createQueue()
    await queue.push(refs(0, 3))
    nowMs = 1
    await queue.push(refs(3, 6))
    expect([await take(queue, 2), await take(queue, 9), queue.size()]).toEqual([[0, 1], [2, 3, 4, 5], 0])
  })

  it('gives what is urgent next, however many wait, and the most urgent first', async () => {
    const queue = createQueue()
    await queue.push(refs(0, 2_000))
    expect(await take(queue, 2)).toEqual([0, 1])
    nowMs = 20_000
    await queue.push([...urgent(2_000, 2_002, 1), ...urgent(2_002, 2_003, 9)])
    expect(await take(queue, 2)).toEqual([2_002, 2_000])
    expect(await take(queue, 3)).toEqual([2_001, 2, 3])
    expect(queue.size()).toBe(1_996)
  })

  it('gives what has waited long enough before what is urgent', async () => {
    const queue = createQueue()
    await queue.push(refs(0, 1))
    nowMs = PRIORITY_STEP_MS + 1
    await queue.push([...urgent(1, 2, 1), ...urgent(2, 3, 2)])
    expect(await take(queue, 9)).toEqual([2, 0, 1])
  })

  it('lets the others go on beside a stream of urgent ones that never ends', async () => {
    const queue = createQueue()
    await queue.push(refs(0, 10))
    const waited: number[] = []
    for (let round = 0; round < 700; round += 1) {
      nowMs = round * 1_000
      // More of them come than are taken.
      await queue.push(urgent(1_000 + 2 * round, 1_002 + 2 * round, 9))
      const [taken = 0] = await take(queue, 1)
      if (taken < 10) waited.push(nowMs)
    }
    expect(waited).toHaveLength(10)
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(9 * PRIORITY_STEP_MS)
    expect(Math.max(...waited)).toBeLessThan(2 * 9 * PRIORITY_STEP_MS + 100_000)
  })

  it('keeps what could not be used, urgent or not, and gives it again in the same order', async () => {
    const queue = createQueue()
    await queue.push([...refs(0, 2), ...urgent(2, 4, 5)])
    const failing = queue.next(3, () => Promise.reject(new Error('the database is away')))
    await expect(failing).rejects.toThrow('the database is away')
    expect(queue.size()).toBe(4)
    expect(await take(queue, 3)).toEqual([2, 3, 0])
    expect(await take(queue, 3)).toEqual([1])
  })
})
