import type { Consumer, Kafka, LogEntry } from 'kafkajs'
import { within } from '../deadline.ts'
import { clientLog } from './client-log.ts'
import { type BatchDeps, consumeBatch } from './consume-batch.ts'
import { createKafkaClient } from './kafka-client.ts'
import { groupName, heartbeatMs, topicName } from './kafka-options.ts'

export type GroupMember = {
  /** Resolves when it needs a successor. */
  ended: Promise<MemberEnd>
  /** Whether the group has told it its share. */
  assigned(): boolean
  /** When it last showed that it is fetching, or trying to. */
  lastSignAt(): number
  /** Leaves the group. What still waits for room is abandoned. */
  leave(): Promise<void>
}

export type MemberEnd = {
  /** `crashed`: it could not start, or kafkajs gave it up. `topic_gone`: what it knows about the topic is void. */
  reason: 'crashed' | 'topic_gone'
  error: unknown
}

// Leaving waits for the long poll, so it is short; an empty answer costs 0.1 ms of CPU.
const LONG_POLL_MS = 500
const LEAVE_MS = 2_000
// One fetch is all that a member holds in memory: about 2,000 references of a partition, or 800 where each has a record of its own.
const FETCH_BYTES_PER_PARTITION = 262_144
// More than there are: all partitions of a fetch share a hand-over, and none waits for the room of another.
const PARTITIONS_AT_ONCE = 100
// Endless: a consumer whose retries run out comes back as a new member and waits for the old one's session to end.
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 1e9, restartOnFailure: async () => false }

export function createGroupMember(deps: BatchDeps): GroupMember {
  const { settings, inbox, committer } = deps
  const life = createLife()
  const log = clientLog(settings.observe)
  const client = createKafkaClient(settings, RETRY, (entry) => {
    log(entry)
    life.sign()
    if (isTopicGone(entry)) life.end({ reason: 'topic_gone', error: null })
  })
  const consumer = createConsumer(client.kafka, deps)
  let assigned = false

  const { FETCH_START, FETCH, HEARTBEAT, GROUP_JOIN, CRASH } = consumer.events
  for (const event of [FETCH_START, FETCH, HEARTBEAT] as const) consumer.on(event, life.sign)
  consumer.on(CRASH, ({ payload }) => life.end({ reason: 'crashed', error: payload.error }))
  consumer.on(GROUP_JOIN, ({ payload }) => {
    assigned = true
    // It reads on from what the group has committed, so what it fetched before comes again, here or elsewhere.
    inbox.forget()
    committer.forget()
    observeShare(deps, payload.memberAssignment)
  })
  start(consumer, deps).catch((error: unknown) => life.end({ reason: 'crashed', error }))

  return {
    ended: life.ended,
    lastSignAt: life.lastSignAt,
    assigned: () => assigned,
    async leave() {
      assigned = false
      await inTime(committer.flush())
      const left = inTime(consumer.disconnect())
      await inbox.abandon()
      await left
      client.cut()
    },
  }
}

function createLife() {
  let lastSignAt = performance.now()
  let end: (how: MemberEnd) => void = () => {}
  const ended = new Promise<MemberEnd>((resolve) => {
    end = resolve
  })
  const sign = () => {
    lastSignAt = performance.now()
  }
  return { ended, end: (how: MemberEnd) => end(how), sign, lastSignAt: () => lastSignAt }
}

const createConsumer = (kafka: Kafka, { settings, topic }: BatchDeps) =>
  kafka.consumer({
    groupId: groupName(settings, topic),
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: settings.sessionTimeoutMs,
    heartbeatInterval: heartbeatMs(settings),
    maxWaitTimeInMs: LONG_POLL_MS,
    maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
    // References are harmless, so an open transaction of somebody else must not hold them back.
    readUncommitted: true,
    allowAutoTopicCreation: false,
    retry: RETRY,
  })

async function start(consumer: Consumer, deps: BatchDeps): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topic: topicName(deps.settings, deps.topic), fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
    eachBatch: (payload) => consumeBatch(payload, deps),
  })
}

function observeShare({ settings, topic }: BatchDeps, assignment: Readonly<Record<string, number[]>>): void {
  const partitions = assignment[topicName(settings, topic)] ?? []
  settings.observe({ type: 'partitions_assigned', topic, partitions })
}

/**
 * kafkajs logs this and goes on: at its old offset once the topic is created again, so that it never reads the records
 * below it. A new member starts at the beginning, as the broker has forgotten the offsets of the group.
 */
const isTopicGone = ({ log }: LogEntry) => log['error'] === 'This server does not host this topic-partition'

/** Without a broker there is nothing to leave; the group notices by itself. */
const inTime = (work: Promise<void>) => within(LEAVE_MS, 'Leaving the consumer group', work).catch(() => {})
