import type { IHeaders, Message } from 'kafkajs'
import type { EntryRef } from '../dispatch.ts'
import { isUuid, textOf } from './header-text.ts'
import { readRecordKey, recordKeyOf } from './record-key.ts'
import { isGroup, readGroup, toGroup } from './record-of-many.ts'

/** What kafkajs hands over of a record. */
export type ReceivedRecord = { key: Buffer | null; value?: Buffer | null; headers?: IHeaders | undefined }

export type ReadRecord = { ok: true; refs: readonly EntryRef[] } | { ok: false; reason: string }

/** References of one source that go to the same partition, in one record. One alone is written as it always was. */
export function toRecord(refs: readonly [EntryRef, ...EntryRef[]]): Message {
  return refs.length === 1 ? toLone(refs[0]) : toGroup(refs)
}

/** Anybody may write into a topic: whatever is no reference is named as such, and nothing throws. */
export function fromRecord(record: ReceivedRecord): ReadRecord {
  return isGroup(record) ? readGroup(record) : readLone(record)
}

/** Without reading the rest of it: the topics carry what is for everybody on this cluster. */
export function isOfAnother(source: Buffer, { headers }: { headers?: IHeaders | undefined }): boolean {
  const given = headers?.['ce_source']
  return Buffer.isBuffer(given) && !given.equals(source)
}

/**
 * A CloudEvent in binary mode without data. Its type is the effect, its source the application database. The record key is
 * tenant and ordering key, which keeps the order and spares a header: each costs a producer 3 us of CPU, so there are no
 * more than CloudEvents demand, the idempotency key, the trace, and a priority where there is one.
 */
function toLone(ref: EntryRef): Message {
  const headers: IHeaders = {
    ce_specversion: '1.0',
    ce_id: ref.entryId,
    ce_source: ref.source,
    ce_type: ref.effect,
    'idempotency-key': ref.key,
  }
  if (ref.traceparent !== null) headers['traceparent'] = ref.traceparent
  if (ref.priority) headers['priority'] = String(ref.priority)
  return { key: recordKeyOf(ref), value: null, headers }
}

function readLone(record: ReceivedRecord): ReadRecord {
  const headers = record.headers ?? {}
  const entryId = textOf(headers['ce_id'])
  const source = textOf(headers['ce_source'])
  const effect = textOf(headers['ce_type'])
  const key = textOf(headers['idempotency-key'])
  if (!entryId || !isUuid(entryId) || !source || !effect || !key)
    return { ok: false, reason: 'a header is missing, doubled, empty, too long or not what it should be' }

  const keys = readRecordKey(textOf(record.key ?? undefined) ?? '')
  if (!keys) return { ok: false, reason: 'the record key is not a tenant and an ordering key' }
  const traceparent = textOf(headers['traceparent'])
  const ref = { source, entryId, effect, key, ...keys, traceparent }
  const priority = textOf(headers['priority'])
  const isUrgent = priority !== null && /^[1-9]$/.test(priority)
  return { ok: true, refs: [isUrgent ? { ...ref, priority: Number(priority) } : ref] }
}
