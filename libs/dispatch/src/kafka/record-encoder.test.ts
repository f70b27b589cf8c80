import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withOwnEncoder } from './patch-kafkajs.ts'
import { encodeRecord, type PlainRecord } from './record-encoder.ts'

const ofKafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/record/v0')

const bytes = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
)
const records = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 100_000 }),
  timestampDelta: fc.constant(0),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(fc.string({ maxLength: 80 }), bytes, { maxKeys: 100 }),
})

describe('the encoder of records', () => {
  it('writes what kafkajs writes, byte by byte', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(encodeRecord(record)?.buffer.equals(ofKafkajs(record).buffer)).toBe(true)
      }),
    )
  })

  it.each<[string, Partial<PlainRecord>]>([
    ['a time of its own', { timestampDelta: 5 }],
    ['several values of one header', { headers: { a: ['1', '2'] } }],
    ['a number for a key', { key: 7 }],
  ])('leaves to kafkajs what it does not know: %s', (_, special) => {
    const record = { offsetDelta: 1, timestampDelta: 0, key: null, value: null, headers: {}, ...special }
    expect(encodeRecord(record)).toBeNull()
    expect(withOwnEncoder((given) => ({ given }))(record)).toEqual({ given: record })
  })
})
