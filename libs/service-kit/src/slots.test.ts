import { describe, expect, it } from 'vitest'
import { createSlots } from './slots.ts'

const forever = new AbortController().signal

describe('slots', () => {
  it('give the room there is at once', async () => {
    const slots = createSlots(4)
    slots.take(3)
    expect(await slots.room(forever)).toBe(1)
  })

  it('count what becomes free in one turn together', async () => {
    const slots = createSlots(4)
    slots.take(4)
    const room = slots.room(forever)
    slots.release(1)
    slots.release(1)
    slots.release(1)
    expect(await room).toBe(3)
  })

  it('stop waiting when aborted', async () => {
    const slots = createSlots(1)
    slots.take(1)
    const stop = new AbortController()
    const room = slots.room(stop.signal)
    stop.abort()
    await expect(room).rejects.toThrow(/abort/)
  })

  it('are idle when the last one is released', async () => {
    const slots = createSlots(2)
    slots.take(2)
    let idle = false
    const done = slots.idle().then(() => {
      idle = true
    })
    slots.release(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(idle).toBe(false)
    slots.release(1)
    await done
  })

  it('notice a caller that miscounts', () => {
    const slots = createSlots(2)
    expect(() => slots.take(3)).toThrow(RangeError)
    expect(() => slots.release(1)).toThrow(RangeError)
  })
})
