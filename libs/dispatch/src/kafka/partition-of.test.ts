import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { partitionOf } from './partition-of.ts'

const ofKafkajs = Partitioners.DefaultPartitioner()

describe('the partition of a key', () => {
  it('is the one that kafkajs chooses, whatever the key is and however many partitions there are', () => {
    const keys = fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.string({ unit: 'grapheme', maxLength: 50 }))
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 200 }), (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ ...known, partitionId }))
        const theirs = ofKafkajs({ topic: 'any', partitionMetadata, message: { key, value: null } })
        expect(partitionOf(key, count)).toBe(theirs)
      }),
    )
  })

  it('does not change from one version to the next', () => {
    expect(['acme/cust-1', 'acme/cust-2', 'acme/cust-3', 'a%2Fb/clé'].map((key) => partitionOf(key, 6))).toEqual([
      0, 1, 1, 3,
    ])
  })
})

const known = { partitionErrorCode: 0, leader: 1, replicas: [], isr: [] }
