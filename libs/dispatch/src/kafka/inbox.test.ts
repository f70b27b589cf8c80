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
