import fc from 'fast-check'
import type { Message } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { EntryRef } from '../dispatch.ts'
import { numberOf, refs } from '../testing/refs.ts'
import { intoRequests } from './into-requests.ts'
import { partitionOf } from './partition-of.ts'
import { fromRecord } from './record.ts'
import { recordKeyOf } from './record-key.ts'

const MAX_BYTES = 1_000_000

const requestsOf = (all: readonly EntryRef[], partitions = 3) => [...intoRequests(all, partitions)]
const idsOf = (all: readonly EntryRef[]) => all.map(({ entryId }) => numberOf(entryId))
const keyed = (count: number, change: (nth: number) => Partial<EntryRef>) =>
  refs(0, count).map((ref, nth) => ({ ...ref, ...change(nth) }))

describe('references to be published', () => {
  it('of one partition share a record, in their order', () => {
    const [records = []] = requestsOf(refs(0, 21))
    const partitions = records.map(({ key }) => partitionOf(String(key), 3))
    expect(new Set(partitions).size).toBe(records.length)
    for (const record of records) expect(idsOf(read(record))).toEqual(idsOf(read(record)).toSorted((a, b) => a - b))
    expect(idsOf(records.flatMap(read)).toSorted((a, b) => a - b)).toEqual(idsOf(refs(0, 21)))
  })

  it('are where their own key is, in the order of their ordering key, and each of them once', () => {
    const some = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom('main', 'billing')), {
      maxLength: 400,
    })
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 12 }), (given, partitions) => {
        const all = given.map(([customer, source], nth) => refOf(nth, { orderingKey: `cust-${customer}`, source }))
        const records = requestsOf(all, partitions).flat()
        for (const record of records) {
          for (const ref of read(record))
            expect(partitionOf(recordKeyOf(ref), partitions)).toBe(placeOf(record, partitions))
        }
        const sent = records.flatMap(read)
        expect(idsOf(sent).toSorted((a, b) => a - b)).toEqual(idsOf(all))
        for (const orderingKey of new Set(all.map((ref) => ref.orderingKey)))
          expect(idsOf(sent.filter((ref) => ref.orderingKey === orderingKey))).toEqual(
            idsOf(all.filter((ref) => ref.orderingKey === orderingKey)),
          )
      }),
    )
  })

  it('are at most a hundred in a record and a thousand in a request', () => {
    const requests = requestsOf(refs(0, 2_500), 1)
    expect(requests.map((records) => records.length)).toEqual([10, 10, 5])
    expect(Math.max(...requests.flat().map((record) => read(record).length))).toBe(100)
  })

  it.each([
    ['the longest keys', 'k'.repeat(512)],
    ['keys that JSON has to escape', '\u0001'.repeat(512)],
    ['keys of three bytes a character', '\u20ac'.repeat(170)],
  ])('fit into what a broker takes of a partition, with %s', (_, key) => {
    const all = keyed(1_000, () => ({ key, orderingKey: `${key}x`, tenant: 't'.repeat(256) }))
    const requests = requestsOf(all, 1)
    const sizes = requests.map((records) => records.reduce((sum, record) => sum + bytesOf(record), 0))
    expect(Math.max(...sizes)).toBeLessThan(MAX_BYTES)
    expect(requests.flat().flatMap(read)).toHaveLength(1_000)
  })

  it('of different sources do not share a record', () => {
    const all = keyed(10, (nth) => ({ source: nth < 5 ? 'main' : 'billing' }))
    const sources = requestsOf(all, 1)
      .flat()
      .map((record) => read(record).map(({ source }) => source))
    expect(sources).toEqual([Array(5).fill('main'), Array(5).fill('billing')])
  })

  it('that no consumer can read spoil no others', () => {
    const all = keyed(5, (nth) => (nth === 2 ? { orderingKey: 'x'.repeat(5_000) } : {}))
    const sent = requestsOf(all, 1)
      .flat()
      .map((record) => fromRecord(received(record)))
    expect(sent.map((one) => (one.ok ? idsOf(one.refs) : one.reason))).toEqual([[0, 1], expect.any(String), [3, 4]])
  })

  it('may be none', () => {
    expect(requestsOf([])).toEqual([])
  })
})

const refOf = (nth: number, change: Partial<EntryRef>): EntryRef => ({
  ...(refs(nth, nth + 1)[0] as EntryRef),
  ...change,
})
const placeOf = ({ key }: Message, partitions: number) => partitionOf(String(key), partitions)

function read(record: Message): readonly EntryRef[] {
  const answer = fromRecord(received(record))
  return answer.ok ? answer.refs : []
}

const received = ({ key, value, headers = {} }: Message) => ({
  key: Buffer.from(String(key)),
  value: value === null ? null : Buffer.from(String(value)),
  headers: Object.fromEntries(Object.entries(headers).map(([name, content]) => [name, Buffer.from(String(content))])),
})

const bytesOf = ({ key, value, headers = {} }: Message) =>
  [key, value ?? '', ...Object.entries(headers).flat()].reduce(
    (sum, text) => sum + Buffer.byteLength(String(text)) + 5,
    20,
  )
