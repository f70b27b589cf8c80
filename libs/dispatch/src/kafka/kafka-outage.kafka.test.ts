import { type KafkaBroker, prepareKafka, startKafka, waitFor } from '@readback/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createKafkaWorld, type KafkaWorld, PATIENCE } from '../testing/kafka-world.ts'
import { refs } from '../testing/refs.ts'
import { createTestIntake } from '../testing/test-intake.ts'

const ENOUGH = { withinMs: 60_000 }

// These tests kill their broker, so it is not the one that all share.
const whyNoBroker = await prepareKafka().then(
  () => null,
  (error: unknown) => error,
)
if (whyNoBroker !== null && process.env['CI']) throw new Error('No broker.', { cause: whyNoBroker })

describe.skipIf(whyNoBroker !== null)('a broker that goes away', () => {
  let broker: KafkaBroker
  let world: KafkaWorld
  beforeAll(async () => {
    broker = await startKafka()
  })
  beforeEach(() => {
    world = createKafkaWorld(broker.brokers)
  })
  afterEach(() => world.close())
  afterAll(() => broker.stop())

  it('and comes back, is consumed from and published to again, and nothing is lost', async () => {
    const intake = createTestIntake(10)
    const dispatch = world.open()
    await world.consume(intake)
    const published: string[] = []
    const publish = async (from: number) => {
      const some = refs(from, from + 20)
      await waitFor('a publish', () => dispatch.publish('deliver', some).then(() => true), ENOUGH)
      published.push(...some.map(({ entryId }) => entryId))
    }
    for (let from = 0; from < 200; from += 20) await publish(from)
    await broker.kill9()
    const during = publish(200)
    await broker.restart()
    await during
    for (let from = 220; from < 400; from += 20) await publish(from)

    await waitFor('all of it', () => intake.accepted().length === published.length, ENOUGH)
    await world.settled()
  })

  it('is survived by a consumer that holds references without room for them', async () => {
    const intake = createTestIntake(0)
    const dispatch = world.open()
    await world.consume(intake)
    await dispatch.publish('deliver', refs(0, 50))
    await broker.kill9()
    await broker.restart()
    intake.give(100)
    await waitFor('all of it', () => intake.accepted().length === 50, ENOUGH)
    await world.settled()
  })

  it('lets a dispatch end that waits for it', async () => {
    const dispatch = world.open()
    await world.consume(createTestIntake())
    await broker.kill9()
    await expect(dispatch.publish('deliver', refs(0, 1))).rejects.toThrow()
    await dispatch.close()
    await broker.restart()
  })

  it('may be missing at the start: ready once it is there', async () => {
    await broker.kill9()
    const intake = createTestIntake()
    const dispatch = world.open()
    await dispatch.consume('deliver', intake)
    await waitFor('a failed attempt', () => world.seen.some(({ type }) => type === 'connect_failed'), PATIENCE)
    expect(dispatch.ready()).toBe(false)
    await broker.restart()
    await waitFor('readiness', () => dispatch.ready(), ENOUGH)
    await dispatch.publish('deliver', refs(0, 5))
    await world.settled()
    expect(intake.accepted()).toHaveLength(5)
  })
})
