import { describe, expect, it } from 'vitest'
import type { EntryRef } from './dispatch.ts'
import { createInProcessDispatch } from './in-process-dispatch.ts'

const ref = (n: number): EntryRef => ({
  source: 'main',
  entryId: `${n}`,
  tenant: 't',
  effect: 'e',
  key: `${n}`,
  orderingKey: 'o',
  traceparent: null,
})
describe('x', () => {
  it('hands over in slices of the room', async () => {
    const d = createInProcessDispatch({ capacity: 10 })
    await d.publish(
      'deliver',
      Array.from({ length: 25 }, (_, i) => ref(i)),
    )
    const got: number[] = []
    const sizes: number[] = []
    let fail = true
    const c = await d.consume('deliver', {
      room: async () => 10,
      accept: async (refs) => {
        if (fail) {
          fail = false
          throw new Error('x')
        }
        sizes.push(refs.length)
        for (const r of refs) got.push(Number(r.entryId))
      },
    })
    await expect.poll(() => got.length).toBe(25)
    expect(sizes).toEqual([10, 10, 5])
    expect(await d.backlog('deliver')).toBe(0)
    await c.stop()
    await d.close()
  })
})
