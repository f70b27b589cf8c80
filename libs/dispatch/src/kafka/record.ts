import type { IHeaders, Message } from 'kafkajs'
import type { EntryRef } from '../dispatch.ts'

/**
 * A reference as a Kafka record: a CloudEvent in binary mode without data. Its type is the effect, its source the
 * application database. The record key is tenant and ordering key, which keeps the order and spares a header:
 * each costs a producer 3 us of CPU, so there are no more than CloudEvents demand, the idempotency key, the trace, and a
 * priority where there is one.
 */
export function toRecord(ref: EntryRef): Message {
  const headers: IHeaders = {
    ce_specversion: '1.0',
    ce_id: ref.entryId,
    ce_source: ref.source,
    ce_type: ref.effect,
    'idempotency-key': ref.key,
  }
  if (ref.traceparent !== null) headers['traceparent'] = ref.traceparent
  if (ref.priority) headers['priority'] = String(ref.priority)
  return { key: `${encodeURIComponent(ref.tenant)}/${ref.orderingKey}`, value: null, headers }
}

export type ReadRecord = { ok: true; ref: EntryRef } | { ok: false; reason: string }

// The database takes keys of 512 bytes and tenants of 256; what is far beyond was not written by us.
const LONGEST_KEY_BYTES = 4_096

/** Anybody may write into a topic: whatever is no reference is named as such, and nothing throws. */
export function fromRecord(record: { key: Buffer | null; headers?: IHeaders | undefined }): ReadRecord {
  const headers = record.headers ?? {}
  const entryId = uuid(text(headers['ce_id']))
  const source = text(headers['ce_source'])
  const effect = text(headers['ce_type'])
  const key = text(headers['idempotency-key'])
  if (!entryId || !source || !effect || !key)
    return unreadable('a header is missing, doubled, empty, too long or not what it should be')

  const keys = readRecordKey(record.key)
  if (!keys) return unreadable('the record key is not a tenant and an ordering key')
  const traceparent = text(headers['traceparent'])
  const ref = { source, entryId, effect, key, ...keys, traceparent }
  const priority = text(headers['priority'])
  return { ok: true, ref: priority !== null && /^[1-9]$/.test(priority) ? { ...ref, priority: Number(priority) } : ref }
}

/** Without reading the rest of it: the topics carry what is for everybody on this cluster. */
export function isOfAnother(source: Buffer, { headers }: { headers?: IHeaders | undefined }): boolean {
  const given = headers?.['ce_source']
  return Buffer.isBuffer(given) && !given.equals(source)
}

const unreadable = (reason: string): ReadRecord => ({ ok: false, reason })

function text(header: IHeaders[string]): string | null {
  if (!Buffer.isBuffer(header) || header.length > LONGEST_KEY_BYTES) return null
  // The database knows no text with a zero in it, and would refuse the whole batch, again and again.
  return header.includes(0) ? null : header.toString()
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const uuid = (id: string | null): string | null => (id !== null && UUID.test(id) ? id : null)

function readRecordKey(bytes: Buffer | null): { tenant: string; orderingKey: string } | null {
  const key = text(bytes ?? undefined) ?? ''
  const slash = key.indexOf('/')
  if (slash < 1) return null
  const tenant = key.slice(0, slash)
  try {
    return { tenant: tenant.includes('%') ? decodeURIComponent(tenant) : tenant, orderingKey: key.slice(slash + 1) }
  } catch {
    return null
  }
}
