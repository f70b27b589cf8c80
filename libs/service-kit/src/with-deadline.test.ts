import { describe, expect, it } from 'vitest'
import { withDeadline } from './with-deadline.ts'

const untilAborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('gave up')))

describe('work with a deadline', () => {
  it('is told when its time is over', async () => {
    expect(await withDeadline(1, untilAborted)).toBe('gave up')
  })

  it('leaves no timer behind when it ends before', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    expect(await withDeadline(60_000, async () => 'done')).toBe('done')
    await expect(withDeadline(60_000, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(timers()).toBe(before)
  })
})
