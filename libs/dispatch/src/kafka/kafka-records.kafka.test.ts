import { waitFor } from '@readback/testing'
import { type IHeaders, Kafka, logLevel } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKafkaWorld, type KafkaWorld, noKafka, PATIENCE, sendSnappy } from '../testing/kafka-world.ts'
import { refs } from '../testing/refs.ts'
import { createTestIntake } from '../testing/test-intake.ts'
import { toRecord } from './record.ts'

describe.skipIf(noKafka)('records in a topic that strangers read and write', () => {
  let world: KafkaWorld
  beforeEach(() => {
    world = createKafkaWorld()
  })
  afterEach(() => world.close())

  it('can be read without this library: a CloudEvent, the idempotency key, and the order in the record key', async () => {
    const [ref] = refs(0, 1)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    if (ref) await world.open().publish('deliver', [{ ...ref, traceparent }])

    const records = await readAsStranger(world)
    expect(records).toEqual([
      {
        key: 'acme/cust-0',
        value: null,
        headers: {
          ce_specversion: '1.0',
          ce_id: ref?.entryId,
          ce_source: 'main',
          ce_type: 'invoice.issue',
          'idempotency-key': 'cust-0/0',
          traceparent,
        },
      },
    ])
  })

  it('can be read without this library though they have several references: each has its key and its trace', async () => {
    const published = refs(0, 21).map((ref, nth) => ({ ...ref, traceparent: `00-${nth}` }))
    await world.open({ partitions: 1 }).publish('deliver', published)

    const [record] = await readAsStranger(world)
    expect(record?.headers).toMatchObject({ ce_source: 'main', ce_type: 'readback.references' })
    expect(JSON.parse(record?.headers['idempotency-keys'] ?? '')).toEqual(published.map(({ key }) => key))
    expect(JSON.parse(String(record?.value))).toMatchObject({
      ids: published.map(({ entryId }) => entryId),
      tenants: 'acme',
      traceparents: published.map(({ traceparent }) => traceparent),
    })
  })

  it('may be of one reference each, as earlier versions wrote them, among those of several', async () => {
    const intake = createTestIntake(7)
    const dispatch = world.open({ partitions: 1 })
    const stranger = await world.stranger()
    await dispatch.publish('deliver', refs(0, 20))
    await stranger.send({ topic: world.topic, messages: refs(20, 40).map((ref) => toRecord([ref])) })
    await dispatch.publish('deliver', refs(40, 60))
    await world.consume(intake)
    await world.settled()
    expect(intake.accepted()).toEqual(refs(0, 60).map(({ entryId }) => entryId))
  })

  it('are passed over, observed and committed when they are no references', async () => {
    const intake = createTestIntake()
    const dispatch = world.open()
    await world.consume(intake)
    await dispatch.publish('deliver', refs(0, 5))
    const stranger = await world.stranger()
    await stranger.send({
      topic: world.topic,
      messages: [
        { key: 'acme/cust-1', value: 'hello' },
        { key: null, value: null, headers: { ce_id: 'x' } },
        { value: Buffer.from([0xff, 0x00, 0xfe]), headers: { 'idempotency-key': ['a', 'b'] } },
      ],
    })
    await dispatch.publish('deliver', refs(5, 10))
    await world.settled()
    expect(new Set(intake.accepted())).toEqual(new Set(refs(0, 10).map(({ entryId }) => entryId)))
    const skipped = world.seen.filter((observation) => observation.type === 'record_skipped')
    expect(skipped.reduce((sum, { count }) => sum + count, 0)).toBe(3)
    expect(skipped[0]).toMatchObject({ topic: 'deliver', offset: expect.any(String), reason: expect.any(String) })
  })

  it('may be larger than a fetch', async () => {
    const intake = createTestIntake()
    const dispatch = world.open()
    await dispatch.publish('deliver', refs(0, 5))
    const admin = await world.admin()
    const configEntries = [{ name: 'max.message.bytes', value: '8000000' }]
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: world.topic, configEntries }] })
    const stranger = await world.stranger()
    await stranger.send({ topic: world.topic, messages: [{ key: 'acme/cust-1', value: Buffer.alloc(4_000_000) }] })
    await dispatch.publish('deliver', refs(5, 10))
    await world.consume(intake)
    await world.settled()
    expect(intake.accepted()).toHaveLength(10)
  })

  it('may be compressed in a way that kafkajs cannot read', async () => {
    const intake = createTestIntake()
    const dispatch = world.open()
    await world.consume(intake)
    await dispatch.publish('deliver', refs(0, 5))
    const stranger = await world.stranger()
    const messages = Array.from({ length: 20 }, () => ({ key: 'acme/cust-1', value: 'x'.repeat(50) }))
    await sendSnappy(stranger, world.topic, messages)
    await dispatch.publish('deliver', refs(5, 10))
    await world.settled()
    expect(intake.accepted()).toHaveLength(10)
    expect(world.seen.filter(({ type }) => type === 'consumer_replaced')).toEqual([])
  })

  it('end a consumer that cannot read them, and another one takes its place until they are gone', async () => {
    const admin = await world.admin()
    // Made by somebody else, so the broker keeps what is sent compressed.
    await admin.createTopics({ topics: [{ topic: world.topic, numPartitions: 1 }] })
    const intake = createTestIntake()
    const dispatch = world.open()
    await world.consume(intake)
    const stranger = await world.stranger()
    const messages = Array.from({ length: 20 }, () => ({ key: 'acme/cust-1', value: 'x'.repeat(50) }))
    await sendSnappy(stranger, world.topic, messages)
    const replaced = () => world.seen.filter(({ type }) => type === 'consumer_replaced').length
    await waitFor('two successors', () => replaced() >= 2, PATIENCE)

    await admin.fetchTopicOffsets(world.topic)
    await admin.deleteTopicRecords({ topic: world.topic, partitions: [{ partition: 0, offset: '20' }] })
    await dispatch.publish('deliver', refs(0, 10))
    await world.settled()
    expect(intake.accepted()).toHaveLength(10)
  })
})

async function readAsStranger(world: KafkaWorld) {
  const kafka = new Kafka({ brokers: world.brokers.split(','), logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `${world.group}-stranger`, maxWaitTimeInMs: 100 })
  const records: { key: string | undefined; value: Buffer | null; headers: Record<string, string> }[] = []
  await consumer.connect()
  await consumer.subscribe({ topic: world.topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      records.push({ key: message.key?.toString(), value: message.value, headers: asText(message.headers) })
    },
  })
  await waitFor('the record', () => records.length > 0, PATIENCE)
  await consumer.disconnect()
  return records
}

const asText = (headers: IHeaders = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
