import type { Batch, EachBatchPayload } from 'kafkajs'
import type { EntryRef, Topic } from '../dispatch.ts'
import type { Inbox } from './inbox.ts'
import { heartbeatMs, type KafkaSettings } from './kafka-options.ts'
import type { Commit, OffsetCommitter } from './offset-committer.ts'
import { orderLot } from './order-lot.ts'
import { fromRecord, isOfAnother } from './record.ts'

export type BatchDeps = { settings: KafkaSettings; topic: Topic; inbox: Inbox; committer: OffsetCommitter }

/**
 * Puts what one fetch brought from one partition into the inbox, and keeps up the membership until none of it waits there
 * any more, however long that takes: the last of it is being accepted while the next is fetched. Rejects when the
 * membership is lost; what is not accepted is then forgotten, and fetched again.
 */
export async function consumeBatch(payload: EachBatchPayload, deps: BatchDeps): Promise<void> {
  const { inbox, committer, settings } = deps
  const { batch, resolveOffset, heartbeat } = payload
  const { refs: fetched, offsets } = readBatch(batch, deps)
  const { refs, prefix } = orderLot(fetched)
  let [readOnFrom] = offsets
  const accepted = (taken: number) => {
    // Read on from the record of the first reference that is not accepted: one of which only a part is comes again as a whole.
    const next = offsets[prefix(taken)] ?? (BigInt(batch.lastOffset()) + 1n).toString()
    if (next === readOnFrom) return
    readOnFrom = next
    committer.accepted(batch.partition, next, commitBy(payload))
  }
  const lot = { refs, accepted }
  try {
    if (await inGroup(inbox.put(lot), heartbeat, heartbeatMs(settings))) resolveOffset(batch.lastOffset())
  } catch (error) {
    await inbox.drop(lot)
    if (readOnFrom !== undefined) resolveOffset((BigInt(readOnFrom) - 1n).toString())
    await committer.flush()
    throw survivable(error)
  }
}

type SkippedRecord = { offset: string; reason: string }

function readBatch(batch: Batch, { settings, topic }: BatchDeps) {
  const refs: EntryRef[] = []
  // Of the record that each of them came in.
  const offsets: string[] = []
  const skipped: SkippedRecord[] = []
  const source = settings.source === null ? null : Buffer.from(settings.source)
  for (const message of batch.messages) {
    if (source && isOfAnother(source, message)) continue
    const read = fromRecord(message)
    if (!read.ok) {
      skipped.push({ offset: message.offset, reason: read.reason })
      continue
    }
    for (const ref of read.refs) {
      refs.push(ref)
      offsets.push(message.offset)
    }
  }
  const [first] = skipped
  const { partition } = batch
  if (first) settings.observe({ type: 'record_skipped', topic, partition, ...first, count: skipped.length })
  return { refs, offsets }
}

const commitBy =
  ({ batch, commitOffsetsIfNecessary }: EachBatchPayload): Commit =>
  (offsets) => {
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset }))
    return commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions }] })
  }

async function inGroup<Result>(
  work: Promise<Result>,
  heartbeat: () => Promise<void>,
  everyMs: number,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const lost = new Promise<never>((_, reject) => {
    timer = setInterval(() => void heartbeat().catch(reject), everyMs)
  })
  try {
    return await Promise.race([work, lost])
  } finally {
    clearInterval(timer)
  }
}

/** After any error but these, kafkajs joins the group again; after one of these a consumer stays dead. */
const DEADLY_ERRORS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'])

function survivable(error: unknown): Error {
  if (error instanceof Error && !DEADLY_ERRORS.has(error.name)) return error
  return new Error('The heartbeat failed.', { cause: error })
}
