import { describe, expect, it } from 'vitest'
import { numberOf, refs } from '../testing/refs.ts'
import { createInbox } from './inbox.ts'

const numbers = (handedOver: readonly { entryId: string }[]) => handedOver.map(({ entryId }) => numberOf(entryId))

describe('the inbox of a group member', () => {
  it('hands over the lots of several partitions together, and tells each how far it is', async () => {
    const inbox = createInbox()
    const progress: string[] = []
    const left = [
      inbox.put({ refs: refs(0, 3), accepted: (count) => progress.push(`a${count}`) }),
      inbox.put({ refs: refs(3, 6), accepted: (count) => progress.push(`b${count}`) }),
    ]
    const slices: number[][] = []
    const take = async (slice: readonly { entryId: string }[]) => void slices.push(numbers(slice))
    await inbox.next(4, take)
    await left[0]
    await inbox.next(4, take)
    await left[1]
    expect(slices).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ])
    expect(progress).toEqual(['a3', 'b1', 'b3'])
  })

  it('hands over the same again when it was not accepted', async () => {
    const inbox = createInbox()
    const progress: number[] = []
    void inbox.put({ refs: refs(0, 2), accepted: (count) => progress.push(count) })
    await expect(inbox.next(2, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await inbox.next(2, async (slice) => expect(numbers(slice)).toEqual([0, 1]))
    expect(progress).toEqual([2])
  })

  it('waits for a hand-over in progress before it abandons the rest', async () => {
    const inbox = createInbox()
    const progress: number[] = []
    const lot = inbox.put({ refs: refs(0, 5), accepted: (count) => progress.push(count) })
    let finish = () => {}
    const handedOver = inbox.next(2, () => new Promise((resolve) => (finish = resolve)))
    const abandoned = inbox.abandon()
    finish()
    await Promise.all([handedOver, abandoned, lot])
    expect(progress).toEqual([2])
    await inbox.next(2, () => Promise.reject(new Error('nothing is left')))
  })

  it('lets a lot go while the last of it is being accepted, so that the next one can be fetched', async () => {
    const inbox = createInbox()
    const first = inbox.put({ refs: refs(0, 3), accepted: () => {} })
    await inbox.next(2, async () => {})
    let finish = () => {}
    const handedOver = inbox.next(2, () => new Promise((resolve) => (finish = resolve)))
    expect(await first).toBe(true)
    expect(inbox.isEmpty()).toBe(false)
    finish()
    await handedOver
    expect(inbox.isEmpty()).toBe(true)
  })

  it('hands over what was not accepted before what came meanwhile', async () => {
    const inbox = createInbox()
    void inbox.put({ refs: refs(0, 2), accepted: () => {} })
    await inbox.next(2, () => Promise.reject(new Error('no'))).catch(() => {})
    void inbox.put({ refs: refs(2, 4), accepted: () => {} })
    await inbox.next(3, async (slice) => expect(numbers(slice)).toEqual([0, 1, 2]))
  })

  it('tells a lot without references only once all before it are accepted', async () => {
    const inbox = createInbox()
    const told: string[] = []
    await inbox.put({ refs: [], accepted: () => told.push('none') })
    expect(told).toEqual(['none'])
    void inbox.put({ refs: refs(0, 2), accepted: (count) => told.push(`a${count}`) })
    const passedOver = inbox.put({ refs: [], accepted: () => told.push('passed over') })
    void inbox.put({ refs: refs(2, 3), accepted: (count) => told.push(`b${count}`) })
    await inbox.next(1, async () => {})
    expect(told).toEqual(['none', 'a1'])
    await inbox.next(5, async (slice) => expect(numbers(slice)).toEqual([1, 2]))
    expect(told).toEqual(['none', 'a1', 'a2', 'passed over', 'b1'])
    expect(await passedOver).toBe(true)
  })

  it('drops one lot and keeps the others, also what waits behind it', async () => {
    const inbox = createInbox()
    const told: string[] = []
    const lot = { refs: refs(0, 2), accepted: (count: number) => told.push(`a${count}`) }
    const dropped = inbox.put(lot)
    void inbox.put({ refs: [], accepted: () => told.push('passed over') })
    void inbox.put({ refs: refs(2, 4), accepted: (count) => told.push(`c${count}`) })
    await inbox.next(1, async () => {})
    await inbox.drop(lot)
    expect(await dropped).toBe(false)
    await inbox.next(9, async (slice) => expect(numbers(slice)).toEqual([2, 3]))
    expect(told).toEqual(['a1', 'passed over', 'c2'])
  })

  it('tells nothing of what was accepted after it was to forget everything', async () => {
    const inbox = createInbox()
    const told: number[] = []
    void inbox.put({ refs: refs(0, 2), accepted: (count) => told.push(count) })
    let finish = () => {}
    const handedOver = inbox.next(2, () => new Promise((resolve) => (finish = resolve)))
    inbox.forget()
    void inbox.put({ refs: refs(2, 4), accepted: (count) => told.push(10 + count) })
    finish()
    await handedOver
    expect(told).toEqual([])
    await inbox.next(9, async (slice) => expect(numbers(slice)).toEqual([2, 3]))
    expect(told).toEqual([12])
  })

  it('hands over one slice at a time', async () => {
    const inbox = createInbox()
    void inbox.put({ refs: refs(0, 5), accepted: () => {} })
    let finish = () => {}
    const first = inbox.next(2, () => new Promise((resolve) => (finish = resolve)))
    await inbox.next(2, () => Promise.reject(new Error('the first is not accepted yet')))
    finish()
    await first
  })
})
