import type { Consumer, Intake, Topic } from '../dispatch.ts'
import { handOver } from '../hand-over.ts'
import { pause } from '../pause.ts'
import { createGroupMember, type GroupMember, type MemberDeps } from './group-member.ts'
import { createInbox } from './inbox.ts'
import type { KafkaSettings } from './kafka-options.ts'
import { createOffsetCommitter } from './offset-committer.ts'

export type KafkaConsumer = Consumer & { ready(): boolean }

const WATCH_EVERY_MS = 1_000
// A consumer that waits shows itself with each heartbeat, one without a broker with each attempt to reach it.
const SILENT_AFTER_MS = 30_000

/** Consumes a topic as one member of the group after the other: kafkajs has errors after which a consumer stays dead. */
export function createKafkaConsumer(
  settings: KafkaSettings,
  topic: Topic,
  intake: Intake,
  prepare: () => Promise<void>,
): KafkaConsumer {
  const stopping = new AbortController()
  const inbox = createInbox()
  const committer = createOffsetCommitter((error) => settings.observe({ type: 'commit_failed', topic, error }))
  const deps: MemberDeps = { settings, topic, inbox, committer }
  let member: GroupMember | null = null

  const handedOver = handOver(inbox, intake, stopping.signal, (error, failures) =>
    settings.observe({ type: 'hand_over_failed', topic, failures, error }),
  )

  const liveOnce = async () => {
    await prepare()
    if (stopping.signal.aborted) return
    member = createGroupMember(deps)
    const end = await watch(member, deps, stopping.signal)
    if (end) settings.observe({ type: 'consumer_replaced', topic, ...end })
    else await handedOver
    await committer.flush()
    await member.leave()
    member = null
  }

  const lived = (async () => {
    while (!stopping.signal.aborted) {
      await liveOnce().catch((error) => settings.observe({ type: 'connect_failed', error }))
      await pause(WATCH_EVERY_MS, stopping.signal)
    }
  })()

  return {
    ready: () => member?.hasAssignment() ?? false,
    async stop() {
      stopping.abort()
      await Promise.all([handedOver, lived])
    },
  }
}

type End = { reason: 'crashed' | 'silent'; error: unknown }

/** Resolves when the member needs a successor, or with null when the consumer is stopped. */
async function watch(member: GroupMember, { committer }: MemberDeps, stopping: AbortSignal): Promise<End | null> {
  let end: End | null = null
  void member.ended.then((error) => {
    end = { reason: 'crashed', error }
  })
  while (!end && !stopping.aborted) {
    await pause(WATCH_EVERY_MS, stopping)
    await committer.flush()
    if (Date.now() - member.lastSignAt() > SILENT_AFTER_MS) end ??= { reason: 'silent', error: null }
  }
  return stopping.aborted ? null : end
}
