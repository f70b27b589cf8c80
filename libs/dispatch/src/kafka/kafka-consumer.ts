import type { Consumer, Intake, Topic } from '../dispatch.ts'
import { handOver } from '../hand-over.ts'
import { pause } from '../pause.ts'
import { createGroupMember, type GroupMember, type MemberEnd } from './group-member.ts'
import { createInbox } from './inbox.ts'
import type { KafkaSettings } from './kafka-options.ts'
import { createOffsetCommitter } from './offset-committer.ts'
import { takeOverdue } from './take-overdue.ts'

export type KafkaConsumer = Consumer & {
  /** Whether the group has told this process its share. */
  assigned(): boolean
}

export type KafkaConsumerDeps = {
  settings: KafkaSettings
  topic: Topic
  intake: Intake
  /** Resolves when there is something to consume from. */
  prepare: () => Promise<void>
}

const WATCH_EVERY_MS = 1_000
// One that waits for room shows itself with each heartbeat, one without a broker with each attempt to reach it.
const SILENT_AFTER_MS = 30_000

/** Consumes a topic as one member of the group after the other: kafkajs has errors after which a consumer stays dead. */
export function createKafkaConsumer({ settings, topic, intake, prepare }: KafkaConsumerDeps): KafkaConsumer {
  const { observe } = settings
  const stopping = new AbortController()
  const stopped = aborted(stopping.signal)
  const inbox = createInbox()
  const committer = createOffsetCommitter((error) => observe({ type: 'commit_failed', topic, error }))
  let member: GroupMember | null = null

  const handedOver = handOver(inbox, intake, stopping.signal, (error, failures) =>
    observe({ type: 'hand_over_failed', topic, failures, error }),
  )
  const overdueTaken = takeOverdue({ topic, intake, inbox, observe }, stopping.signal)

  const beMember = async () => {
    await Promise.race([prepare(), stopped])
    if (stopping.signal.aborted) return
    member = createGroupMember({ settings, topic, inbox, committer })
    const end = await watch(member, committer.flush, stopping.signal)
    if (end) observe({ type: 'consumer_replaced', topic, ...end })
    else await handedOver
    // Offsets of a topic that is gone would be taken for those of the next one with its name.
    if (end?.reason === 'topic_gone') committer.forget()
    await member.leave()
    member = null
  }

  const ended = (async () => {
    while (!stopping.signal.aborted) {
      await beMember().catch((error: unknown) => observe({ type: 'connect_failed', error }))
      await pause(WATCH_EVERY_MS, stopping.signal)
    }
  })()

  return {
    assigned: () => member?.assigned() ?? false,
    async stop() {
      stopping.abort()
      await Promise.all([handedOver, overdueTaken, ended])
    },
  }
}

type End = MemberEnd | { reason: 'silent'; error: null }

/** Resolves when the member needs a successor; with null when the consumer is stopped. */
async function watch(member: GroupMember, flush: () => Promise<void>, stopping: AbortSignal): Promise<End | null> {
  let end: End | null = null
  const ending = new AbortController()
  void member.ended.then((how) => {
    end = how
    ending.abort()
  })
  const over = AbortSignal.any([ending.signal, stopping])
  while (!over.aborted) {
    await pause(WATCH_EVERY_MS, over)
    if (over.aborted) break
    if (performance.now() - member.lastSignAt() > SILENT_AFTER_MS) return { reason: 'silent', error: null }
    await flush()
  }
  return stopping.aborted ? null : end
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
