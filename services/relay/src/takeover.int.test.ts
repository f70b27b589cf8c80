import { type TestDatabase, waitFor } from '@readback/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { compare } from './testing/compare.ts'
import { createProducersDatabase } from './testing/create-producers-database.ts'
import { commitMany, createBooks, holdOpen, runProducers, withClient } from './testing/producers.ts'
import { createRecordingDispatch } from './testing/recording-dispatch.ts'
import { startTestRelay, type TestRelay } from './testing/start-test-relay.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createProducersDatabase()
  return () => database.drop()
})

/** Of a leader that will fall silent. */
const SHORT = { leaseMs: 3_000 }

const leading = (relay: TestRelay) => waitFor('a leader', () => relay.leads(), { withinMs: 10_000 })

describe('two relays on one database', () => {
  it('have one leader; when it falls silent the other takes over, and nothing is missing', async () => {
    const dispatch = createRecordingDispatch()
    const first = startTestRelay(database.url, dispatch, SHORT)
    await leading(first)
    const second = startTestRelay(database.url, dispatch)

    const books = createBooks()
    const producing = runProducers(database.url, books, { producers: 12, transactions: 30, seed: 2 })
    await waitFor('some to be published', () => dispatch.keys().length > 80, { withinMs: 10_000 })
    expect(second.leads()).toBe(false)
    first.freeze()
    const frozenAtMs = performance.now()
    await leading(second)
    const takeoverMs = performance.now() - frozenAtMs
    await producing
    const isAll = () => new Set(dispatch.keys()).size >= books.committed.size
    await waitFor('all that was committed', isAll, { withinMs: 10_000 })

    // It wakes up as one that believes that it leads, with what it was about to publish in its hands.
    first.thaw()
    await waitFor('the first one to know', () => !first.leads(), { withinMs: 5_000 })
    await commitMany(database.url, 'afterwards', 5)
    for (let nth = 1; nth <= 5; nth += 1) books.committed.add(`afterwards-${nth}`)
    await waitFor('what came afterwards', isAll, { withinMs: 5_000 })
    await Promise.all([first.close(), second.close()])

    const seen = compare(books, dispatch.keys())
    console.info(
      `takeover after ${Math.round(takeoverMs)} ms: ${seen.committed} intents committed, published ${seen.published}: ` +
        `${seen.missing.length} missing, ${seen.phantom.length} phantom, ${seen.duplicates} twice, ` +
        `${seen.outOfOrder.length} of ${books.order.size} keys out of order.`,
    )
    expect(seen).toMatchObject({ missing: [], phantom: [], outOfOrder: [] })
    expect(second.observed('shards_lost')).toEqual([])
  })

  it('hand over at once when the leader stops in order', async () => {
    const dispatch = createRecordingDispatch()
    const first = startTestRelay(database.url, dispatch)
    await leading(first)
    await commitMany(database.url, 'one', 20)
    await waitFor('the first ones', () => dispatch.keys().length >= 20, { withinMs: 5_000 })
    const second = startTestRelay(database.url, dispatch)
    await first.close()
    await commitMany(database.url, 'two', 20)
    await waitFor('the others', () => dispatch.keys().length >= 40, { withinMs: 5_000 })
    await second.close()
    expect(new Set(dispatch.keys()).size).toBe(dispatch.keys().length)
  })
})

describe('a relay whose dispatch lives in its memory', () => {
  it('publishes again what the one before it had captured and nobody claimed, and that once, past an open transaction', async () => {
    const writer = await holdOpen(database.url, 'still-open')
    const lost = createRecordingDispatch()
    const before = startTestRelay(database.url, lost, { inProcess: true, ...SHORT })
    await leading(before)
    await commitMany(database.url, 'queued', 50)
    await waitFor('the queue', () => lost.keys().length >= 50, { withinMs: 5_000 })
    before.freeze()

    const dispatch = createRecordingDispatch()
    const relay = startTestRelay(database.url, dispatch, { inProcess: true })
    await leading(relay)
    await commitMany(database.url, 'fresh', 50)
    await waitFor('old and new', () => dispatch.keys().length >= 100, { withinMs: 5_000 })
    before.thaw()
    await Promise.all([before.close(), relay.close()])
    await writer.commit()
    expect(new Set(dispatch.keys()).size).toBe(100)
    expect(dispatch.keys()).toHaveLength(100)
  })

  it('looks at once for what may be lost, however far apart its sweeps are by then', async () => {
    const dispatch = createRecordingDispatch()
    const relay = startTestRelay(database.url, dispatch, { inProcess: true })
    // Each rests twice as long as the one before: the next is seconds away.
    await waitFor('sweeps', () => relay.observed('books_checked').length >= 10, { withinMs: 30_000 })
    await commitMany(database.url, 'queued', 5)
    await waitFor('the queue', () => dispatch.keys().length >= 5, { withinMs: 5_000 })
    // As if it had stood still for longer than its lease.
    await withClient(database.url, (client) =>
      client.query("update readback.relay_cursor set lease_until = now() - interval '1 second'"),
    )
    const endedAtMs = performance.now()
    await waitFor('the same once more', () => dispatch.keys().length >= 10, { withinMs: 10_000 })
    expect(performance.now() - endedAtMs).toBeLessThan(1_500)
    await relay.close()
  })
})
