import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { waitFor } from '@readback/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKafkaWorld, type KafkaWorld, noKafka, PATIENCE } from '../testing/kafka-world.ts'
import { numberOf, refs } from '../testing/refs.ts'
import { createTestIntake } from '../testing/test-intake.ts'

const inOrder = (entryIds: Iterable<string>) => [...entryIds].sort((a, b) => numberOf(a) - numberOf(b))
const ids = (from: number, to: number) => refs(from, to).map(({ entryId }) => entryId)

describe.skipIf(noKafka)('a consumer group', () => {
  let world: KafkaWorld
  beforeEach(() => {
    world = createKafkaWorld()
  })
  afterEach(() => world.close())

  it('hands over again what a killed process had not accepted', async () => {
    const dispatch = world.open({ sessionTimeoutMs: 1_500 })
    await dispatch.publish('deliver', refs(0, 100))
    const hanging = await spawnHangingConsumer(world)
    const lost = await waitFor('the process to be handed something', () => hanging.handedOver(), PATIENCE)
    await hanging.kill9()

    const intake = createTestIntake()
    await world.consume(intake)
    await world.settled()
    expect(lost.length).toBeGreaterThan(0)
    expect(inOrder(intake.accepted())).toEqual(ids(0, 100))
  })

  it('gives a live member the share of one that was killed', async () => {
    const intake = createTestIntake()
    const dispatch = world.open({ sessionTimeoutMs: 1_500 })
    await world.consume(intake)
    const hanging = await spawnHangingConsumer(world)
    await waitFor('a rebalance', () => sharesOf(world).at(-1) !== 3, PATIENCE)
    await dispatch.publish('deliver', refs(0, 100))
    await waitFor('the process to be handed something', () => hanging.handedOver(), PATIENCE)
    await hanging.kill9()
    await world.settled()
    expect(inOrder(intake.accepted())).toEqual(ids(0, 100))
  })

  it('hands over what is overdue, and takes it once, though no broker answers', async () => {
    const intake = createTestIntake()
    intake.isOverdue(refs(0, 100))
    const consumer = await world.open({ brokers: ['127.0.0.1:1'] }).consume('deliver', intake)
    await waitFor('what is overdue', () => intake.accepted().length === 100, { withinMs: 5_000 })
    await passed(1_500)
    await consumer.stop()
    expect(intake.batches.flat()).toEqual(ids(0, 100))
  })

  it('asks for what is overdue only where it has nothing else to hand over', async () => {
    let asked = 0
    const intake = createTestIntake(0)
    const dispatch = world.open()
    const overdue = async () => ((asked += 1), [])
    await world.consume({ ...intake, overdue })
    await dispatch.publish('deliver', refs(0, 10))
    await passed(1_500)
    const askedBefore = asked
    await passed(2_500)
    expect(asked).toBe(askedBefore)
    intake.give(20)
    await waitFor('another question', () => asked > askedBefore, PATIENCE)
    expect(intake.accepted()).toHaveLength(10)
  })

  it('keeps a member that has no room for longer than the session lasts', async () => {
    const intake = createTestIntake(0)
    const dispatch = world.open({ sessionTimeoutMs: 2_000 })
    await world.consume(intake)
    await dispatch.publish('deliver', refs(0, 50))
    await passed(5_000)
    expect(intake.handedOver()).toEqual([])
    expect(sharesOf(world)).toEqual([3])

    intake.give(50)
    await world.settled()
    expect(intake.accepted()).toHaveLength(50)
    expect(intake.batches.flat()).toHaveLength(50)
  })

  it('keeps a member whose hand-overs fail for longer than the session lasts', async () => {
    const intake = createTestIntake()
    intake.onAccept(() => Promise.reject(new Error('the database is away')))
    const dispatch = world.open({ sessionTimeoutMs: 2_000 })
    await world.consume(intake)
    await dispatch.publish('deliver', refs(0, 50))
    await passed(4_000)
    intake.onAccept(async () => {})
    await world.settled()
    expect(intake.accepted()).toHaveLength(50)
    expect(sharesOf(world)).toEqual([3])
  })

  it('consumes everything of a topic that was deleted and is created again by the next publish', async () => {
    const intake = createTestIntake()
    const dispatch = world.open()
    await world.consume(intake)
    await dispatch.publish('deliver', refs(0, 30))
    await world.settled()
    const admin = await world.admin()
    await admin.deleteTopics({ topics: [world.topic] })

    // As the relay does it: a failed publish is repeated.
    await waitFor('a publish', () => dispatch.publish('deliver', refs(30, 100)).then(() => true), PATIENCE)
    await waitFor('all of it', () => intake.accepted().length === 100, PATIENCE)
    await world.settled()
  })

  it('says that nothing is left of a topic that was deleted, and creates it', async () => {
    const dispatch = world.open()
    await dispatch.publish('deliver', refs(0, 30))
    expect(await dispatch.backlog('deliver')).toBeGreaterThan(0)
    const admin = await world.admin()
    await admin.deleteTopics({ topics: [world.topic] })
    await world.settled()
  })

  it('hands over everything again when the offsets are turned back', async () => {
    const intake = createTestIntake()
    const dispatch = world.open()
    const consumer = await world.consume(intake)
    await dispatch.publish('deliver', refs(0, 30))
    await world.settled()
    await consumer.stop()
    const admin = await world.admin()
    await admin.resetOffsets({ groupId: world.group, topic: world.topic, earliest: true })

    const successor = createTestIntake()
    await world.consume(successor)
    await waitFor('all of it', () => successor.accepted().length === 30, PATIENCE)
  })

  it('has no backlog when the offsets are put to the end: what is lost is seen to be lost', async () => {
    const dispatch = world.open()
    await dispatch.publish('deliver', refs(0, 30))
    const admin = await world.admin()
    const ends = await admin.fetchTopicOffsets(world.topic)
    await admin.setOffsets({ groupId: world.group, topic: world.topic, partitions: ends })
    expect(await dispatch.backlog('deliver')).toBe(0)

    const intake = createTestIntake()
    await world.consume(intake)
    await dispatch.publish('deliver', refs(30, 40))
    await world.settled()
    expect(inOrder(intake.accepted())).toEqual(ids(30, 40))
  })

  it('goes on with what is left when the log was cut off in front of it', async () => {
    const intake = createTestIntake()
    const dispatch = world.open({ partitions: 1 })
    const consumer = await world.consume(intake)
    await dispatch.publish('deliver', refs(0, 10))
    await world.settled()
    await consumer.stop()
    await dispatch.publish('deliver', refs(10, 30))
    const admin = await world.admin()
    const [end] = await admin.fetchTopicOffsets(world.topic)
    await dispatch.publish('deliver', refs(30, 50))
    await admin.deleteTopicRecords({ topic: world.topic, partitions: [{ partition: 0, offset: end?.offset ?? '' }] })

    await world.consume(intake)
    await waitFor('what is left', () => intake.accepted().length >= 30, PATIENCE)
    await world.settled()
    expect(intake.accepted()).toEqual([...ids(0, 10), ...ids(30, 50)])
  })

  it('is handed everything of a topic that was given more partitions, by who knows of them and by who does not', async () => {
    const dispatch = world.open()
    await dispatch.publish('deliver', refs(0, 50))
    const admin = await world.admin()
    await admin.createPartitions({ topicPartitions: [{ topic: world.topic, count: 7 }] })
    await dispatch.publish('deliver', refs(50, 100))
    const newcomer = world.open()
    await waitFor('a publish', () => newcomer.publish('deliver', refs(100, 150)).then(() => true), PATIENCE)
    const intake = createTestIntake(10)
    await world.consume(intake, newcomer)
    await waitFor('all of it', () => intake.accepted().length === 150, PATIENCE)
    await world.settled()
    expect(sharesOf(world)).toEqual([7])
  })

  it('costs next to nothing while there is nothing to do', async () => {
    const dispatch = world.open()
    await world.consume(createTestIntake())
    await dispatch.consume('verify', createTestIntake())
    await waitFor('both shares', () => dispatch.ready(), PATIENCE)
    const measuredMs = 3_000
    const before = process.cpuUsage()
    await passed(measuredMs)
    const { user, system } = process.cpuUsage(before)
    // 1 % of a core here; with the busy timers of kafkajs 6 to 8 %.
    expect((user + system) / 1_000 / measuredMs).toBeLessThan(0.04)
  })
})

/** For what must not happen, and for what is measured over a time. */
async function passed(ms: number) {
  const start = performance.now()
  await waitFor(`${ms} ms`, () => performance.now() - start >= ms, { withinMs: ms * 2, everyMs: 100 })
}

/** How many partitions this process was given, each time the group was rebalanced. */
const sharesOf = ({ seen }: KafkaWorld) =>
  seen.flatMap((observation) => (observation.type === 'partitions_assigned' ? [observation.partitions.length] : []))

async function spawnHangingConsumer({ brokers, topicPrefix }: KafkaWorld) {
  const program = fileURLToPath(new URL('../testing/hanging-consumer.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, brokers, topicPrefix], { stdio: ['ignore', 'pipe', 'inherit'] })
  const handedOver: string[] = []
  createInterface(child.stdout).on('line', (entryId) => handedOver.push(entryId))
  return { handedOver: () => (handedOver.length > 0 ? handedOver : null), kill9: () => kill9(child) }
}

async function kill9(child: ChildProcess) {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
