import type { Consumer, EachBatchPayload } from 'kafkajs'
import { within } from '../deadline.ts'
import type { EntryRef, Topic } from '../dispatch.ts'
import { clientLog } from './client-log.ts'
import type { Inbox } from './inbox.ts'
import { createKafkaClient } from './kafka-client.ts'
import { groupName, type KafkaSettings, topicName } from './kafka-options.ts'
import type { Commit, OffsetCommitter } from './offset-committer.ts'
import { fromRecord } from './record.ts'

export type GroupMember = {
  /** Resolves when it needs a successor. */
  ended: Promise<MemberEnd>
  assigned(): boolean
  /** When it last showed that it is fetching, or trying to. */
  lastSignAt(): number
  /** Leaves the group. What it is still waiting for is abandoned. */
  leave(): Promise<void>
}

export type MemberEnd = {
  /** `crashed`: it could not start, or kafkajs gave it up. `topic_gone`: what it knows about the topic is void. */
  reason: 'crashed' | 'topic_gone'
  error: unknown
}

export type MemberDeps = { settings: KafkaSettings; topic: Topic; inbox: Inbox; committer: OffsetCommitter }

// Leaving waits for the long poll, so it is short; an empty answer costs 0.1 ms of CPU.
const LONG_POLL_MS = 500
const LEAVE_MS = 2_000
// One fetch is all that a member holds in memory: about 3,000 references of a partition.
const FETCH_BYTES_PER_PARTITION = 1_048_576
// Endless: a consumer whose retries run out comes back as a new member and waits for the old one's session to end.
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 1e9, restartOnFailure: async () => false }

// How kafkajs words UNKNOWN_TOPIC_OR_PARTITION. It would go on at its old offset once the topic is created again, and
// read none of the records below it. A new member starts at the beginning: the broker forgot the group's offsets.
const UNKNOWN_TOPIC = 'This server does not host this topic-partition'

export function createGroupMember(deps: MemberDeps): GroupMember {
  const { settings, topic, inbox, committer } = deps
  let lastSignAt = Date.now()
  let assigned = false
  const sign = () => {
    lastSignAt = Date.now()
  }
  let end: (how: MemberEnd) => void = () => {}
  const ended = new Promise<MemberEnd>((resolve) => {
    end = resolve
  })
  const log = clientLog(settings.observe)
  const client = createKafkaClient(settings, RETRY, (entry) => {
    sign()
    log(entry)
    if (entry.log['error'] === UNKNOWN_TOPIC) end({ reason: 'topic_gone', error: null })
  })
  const consumer = client.kafka.consumer({
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
  const { FETCH_START, FETCH, HEARTBEAT, GROUP_JOIN, CRASH } = consumer.events
  for (const event of [FETCH_START, FETCH, HEARTBEAT] as const) consumer.on(event, sign)
  consumer.on(GROUP_JOIN, ({ payload }) => {
    sign()
    assigned = true
    committer.forget()
    const partitions = payload.memberAssignment[topicName(settings, topic)] ?? []
    settings.observe({ type: 'partitions_assigned', topic, partitions })
  })
  consumer.on(CRASH, ({ payload }) => end({ reason: 'crashed', error: payload.error }))
  start(consumer, deps).catch((error: unknown) => end({ reason: 'crashed', error }))

  return {
    ended,
    assigned: () => assigned,
    lastSignAt: () => lastSignAt,
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

/** Without a broker there is nothing to leave; the group notices by itself. */
const inTime = (work: Promise<void>) => within(LEAVE_MS, 'Leaving the consumer group', work).catch(() => {})

async function start(consumer: Consumer, deps: MemberDeps): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topic: topicName(deps.settings, deps.topic), fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    // All partitions of a fetch at once: they share a hand-over, and a slow one does not hold up the others.
    partitionsConsumedConcurrently: deps.settings.partitions,
    eachBatch: (payload) => consumeBatch(payload, deps),
  })
}

async function consumeBatch(payload: EachBatchPayload, deps: MemberDeps): Promise<void> {
  const { refs, offsets } = readBatch(payload, deps)
  const commit: Commit = (partitions) =>
    payload.commitOffsetsIfNecessary(toKafkaOffsets(payload.batch.topic, partitions))
  const accepted = (count: number) => {
    const offset = count === refs.length ? payload.batch.lastOffset() : (offsets[count - 1] as string)
    payload.resolveOffset(offset)
    deps.committer.accepted(payload.batch.partition, (BigInt(offset) + 1n).toString(), commit)
  }
  if (refs.length === 0) return accepted(0)
  try {
    await inGroup(deps.inbox.put({ refs, accepted }), payload.heartbeat, heartbeatMs(deps.settings))
  } catch (error) {
    await deps.inbox.abandon()
    await deps.committer.flush()
    throw recoverable(error)
  }
}

/** kafkajs joins the group again after any error but these: after them the consumer stays dead. */
const DEADLY_ERRORS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'])

const recoverable = (error: unknown) =>
  error instanceof Error && !DEADLY_ERRORS.has(error.name)
    ? error
    : new Error('The heartbeat failed.', { cause: error })

type SkippedRecord = { offset: string; reason: string }

function readBatch({ batch }: EachBatchPayload, { settings, topic }: MemberDeps) {
  const refs: EntryRef[] = []
  const offsets: string[] = []
  const skipped: SkippedRecord[] = []
  for (const message of batch.messages) {
    const read = fromRecord(message)
    if (read.ok) {
      refs.push(read.ref)
      offsets.push(message.offset)
    } else skipped.push({ offset: message.offset, reason: read.reason })
  }
  const [first] = skipped
  if (first) {
    const { partition } = batch
    settings.observe({ type: 'record_skipped', topic, partition, ...first, count: skipped.length })
  }
  return { refs, offsets }
}

/** Keeps up the membership while `work` waits for room, however long. Rejects when the membership is lost. */
async function inGroup(work: Promise<void>, heartbeat: () => Promise<void>, everyMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const lost = new Promise<never>((_, reject) => {
    timer = setInterval(() => heartbeat().catch(reject), everyMs)
  })
  try {
    await Promise.race([work, lost])
  } finally {
    clearInterval(timer)
  }
}

const heartbeatMs = (settings: KafkaSettings) => Math.ceil(settings.sessionTimeoutMs / 5)

const toKafkaOffsets = (topic: string, offsets: ReadonlyMap<number, string>) => ({
  topics: [{ topic, partitions: [...offsets].map(([partition, offset]) => ({ partition, offset })) }],
})
