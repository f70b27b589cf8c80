import { describe, expect, it } from 'vitest'
import { createGroupCommit } from './group-commit.ts'

/** A flush that ends when the test says so, and remembers what it was given. */
function heldFlush() {
  const batches: (readonly number[])[] = []
  const held: ((error?: Error) => void)[] = []
  const flush = (items: readonly number[]) => {
    batches.push(items)
    return new Promise<string[]>((resolve, reject) => {
      held.push((error) => (error ? reject(error) : resolve(items.map((item) => `did ${item}`))))
    })
  }
  return { batches, flush, end: (error?: Error) => held.shift()?.(error) }
}
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('a group commit', () => {
  it('sends what was pushed in one turn as one batch, and gives each item its answer', async () => {
    const { batches, flush, end } = heldFlush()
    const group = createGroupCommit({ flush, itemsMax: 10 })
    const answers = Promise.all([1, 2, 3].map(group.push))
    await nextTurn()
    end()
    expect(await answers).toEqual(['did 1', 'did 2', 'did 3'])
    expect(batches).toEqual([[1, 2, 3]])
  })

  it('sends what is pushed meanwhile with the next flush, never more than its maximum', async () => {
    const { batches, flush, end } = heldFlush()
    const group = createGroupCommit({ flush, itemsMax: 2 })
    const first = group.push(1)
    await nextTurn()
    const others = Promise.all([2, 3, 4].map(group.push))
    expect(batches).toEqual([[1]])
    end()
    await first
    await nextTurn()
    expect(batches).toEqual([[1], [2, 3]])
    end()
    await nextTurn()
    end()
    await others
    expect(batches).toEqual([[1], [2, 3], [4]])
  })

  it('has as many flushes in flight as it may', async () => {
    const { batches, flush, end } = heldFlush()
    const group = createGroupCommit({ flush, itemsMax: 1, concurrency: 2 })
    const answers = Promise.all([1, 2, 3].map(group.push))
    await nextTurn()
    expect(batches).toEqual([[1], [2]])
    for (const _ of [1, 2, 3]) {
      end()
      await nextTurn()
    }
    await answers
  })

  it('fails the items of a failed flush, and only those', async () => {
    const { flush, end } = heldFlush()
    const group = createGroupCommit({ flush, itemsMax: 1 })
    const [first, second] = [group.push(1), group.push(2)]
    await nextTurn()
    end(new Error('the database is gone'))
    await expect(first).rejects.toThrow('the database is gone')
    await nextTurn()
    end()
    await expect(second).resolves.toBe('did 2')
  })

  it('refuses a flush that answers for fewer items than it was given', async () => {
    const group = createGroupCommit({ flush: async () => ['one'], itemsMax: 10 })
    const both = Promise.all([group.push(1), group.push(2)])
    await expect(both).rejects.toMatchObject({ code: 'GROUP_COMMIT_ANSWERS' })
  })

  it('flushes before it is time when somebody is in a hurry, and never beside a flush in flight', async () => {
    const { batches, flush, end } = heldFlush()
    const group = createGroupCommit({ flush, itemsMax: 10, intervalMs: 3_600_000 })
    const first = group.push(1)
    await nextTurn()
    const second = group.push(2)
    group.hurry()
    await nextTurn()
    expect(batches).toEqual([[1]])
    end()
    await first
    await nextTurn()
    await nextTurn()
    expect(batches).toEqual([[1], [2]])
    end()
    await second
    const third = group.push(3)
    await nextTurn()
    expect(batches).toHaveLength(2)
    group.hurry()
    await nextTurn()
    end()
    await expect(third).resolves.toBe('did 3')
  })

  it('is idle only when nothing waits and nothing is in flight', async () => {
    const { flush, end } = heldFlush()
    const group = createGroupCommit({ flush, itemsMax: 1 })
    await group.idle()
    let idle = false
    const answers = Promise.all([group.push(1), group.push(2)])
    const done = group.idle().then(() => {
      idle = true
    })
    await nextTurn()
    end()
    await nextTurn()
    expect(idle).toBe(false)
    end()
    await answers
    await done
  })
})
