import { createTestDatabase, type TestDatabase, waitFor } from '@readback/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { compare } from './testing/compare.ts'
import { createProducersDatabase } from './testing/create-producers-database.ts'
import { startSequenceCursor, startXminCursor } from './testing/naive-cursors.ts'
import { commitMany, createBooks, holdOpen, holdOpenElsewhere, runProducers } from './testing/producers.ts'
import { createRecordingDispatch } from './testing/recording-dispatch.ts'
import { startTestRelay } from './testing/start-test-relay.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createProducersDatabase()
  return () => database.drop()
})

const RIGHT = { missing: [], phantom: [], outOfOrder: [] }
const isAll = (keys: readonly string[], wanted: Set<string>) => new Set(keys).size >= wanted.size

describe('capture', () => {
  it('publishes what was committed, all of it, once, in order, past transactions that stay open', async () => {
    const elsewhere = await createTestDatabase({ migrated: false })
    const foreigner = await holdOpenElsewhere(elsewhere.url)
    const straggler = await holdOpen(database.url, 'straggler')
    const [bySequence, byXmin] = [await startSequenceCursor(database.url), await startXminCursor(database.url)]
    const dispatch = createRecordingDispatch()
    const relay = startTestRelay(database.url, dispatch)

    const books = createBooks()
    await runProducers(database.url, books, { producers: 24, transactions: 16, seed: 1 })
    await waitFor('all that was committed', () => isAll(dispatch.keys(), books.committed), { withinMs: 10_000 })
    const xminWhileOpen = byXmin.keys.size

    await straggler.commit()
    books.committed.add('straggler')
    await waitFor('what was committed last', () => dispatch.keys().includes('straggler'), { withinMs: 5_000 })
    await foreigner.commit()
    // So have other tests of the same server transactions open.
    await waitFor('the xmin cursor', () => isAll([...byXmin.keys], books.committed), { withinMs: 30_000 })
    await Promise.all([bySequence.stop(), byXmin.stop(), relay.close(), elsewhere.drop()])

    const seen = compare(books, dispatch.keys())
    const missedBySequence = [...books.committed].filter((key) => !bySequence.keys.has(key)).length
    console.info(
      `capture: ${books.transactions} transactions, ${seen.committed} intents committed, ${books.undone.size} undone; ` +
        `published ${seen.published}: ${seen.missing.length} missing, ${seen.phantom.length} phantom, ` +
        `${seen.duplicates} twice, ${seen.outOfOrder.length} of ${books.order.size} keys out of order. ` +
        `A sequence cursor missed ${missedBySequence}; an xmin cursor had seen ${xminWhileOpen} while others were open.`,
    )
    expect(seen).toMatchObject({ ...RIGHT, duplicates: 0 })
    expect(relay.observed('shards_lost')).toEqual([])
    expect(relay.observed('loop_failed')).toEqual([])
    // Otherwise too little happened to tell a right cursor from a wrong one.
    expect(books.undone.size).toBeGreaterThan(40)
    expect(missedBySequence).toBeGreaterThan(0)
    expect(xminWhileOpen).toBe(0)
  })

  it('publishes a transaction of 30,000 intents page by page, and what others commit around it', async () => {
    await commitMany(database.url, 'before', 10)
    const many = commitMany(database.url, 'many', 30_000)
    const dispatch = createRecordingDispatch()
    const relay = startTestRelay(database.url, dispatch)
    for (let nth = 0; nth < 20; nth += 1) await commitMany(database.url, `beside-${nth}`, 3)
    await many
    await commitMany(database.url, 'after', 10)
    await waitFor('all of them', () => dispatch.keys().includes('after-10'), { withinMs: 20_000 })
    await relay.close()

    const keys = dispatch.keys()
    const numbers = keys.filter((key) => key.startsWith('many-')).map((key) => Number(key.slice('many-'.length)))
    expect(numbers).toEqual(Array.from({ length: 30_000 }, (_, index) => index + 1))
    expect(keys).toHaveLength(30_000 + 80)
    expect(new Set(keys).size).toBe(keys.length)
    expect(relay.observed('entries_captured').some(({ count }) => count > 1_000)).toBe(true)
  })
})
