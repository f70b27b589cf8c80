import type { IHeaders, Message } from 'kafkajs'
import type { EntryRef, Topic } from '../dispatch.ts'

/**
 * A reference as a Kafka record: a CloudEvent in binary mode without data. The record key keeps the order,
 * so it begins with the tenant: two tenants may use the same key.
 */
export function toRecord(topic: Topic, ref: EntryRef): Message {
  const headers: IHeaders = {
    ce_specversion: '1.0',
    ce_type: `readback.${topic}.v1`,
    ce_source: ref.source,
    ce_id: ref.entryId,
    ce_tenant: ref.tenant,
    ce_effect: ref.effect,
    'idempotency-key': ref.key,
  }
  if (ref.traceparent !== null) headers['traceparent'] = ref.traceparent
  return { key: `${ref.tenant}/${ref.orderingKey}`, value: null, headers }
}

export type ReadRecord = { ok: true; ref: EntryRef } | { ok: false; reason: string }

const NAMES = ['ce_source', 'ce_id', 'ce_tenant', 'ce_effect', 'idempotency-key'] as const

/** Anybody may write into a topic: what is not a reference is told from what is, and never throws. */
export function fromRecord(record: { key: Buffer | null; headers?: IHeaders | undefined }): ReadRecord {
  const [source, entryId, tenant, effect, key] = NAMES.map((name) => text(record.headers?.[name]))
  const missing = NAMES.find((name) => text(record.headers?.[name]) === null)
  if (missing || !source || !entryId || !tenant || !effect || !key) return { ok: false, reason: `no header ${missing}` }
  const recordKey = record.key?.toString() ?? ''
  if (!recordKey.startsWith(`${tenant}/`)) return { ok: false, reason: 'the record key does not begin with the tenant' }
  const orderingKey = recordKey.slice(tenant.length + 1)
  const traceparent = text(record.headers?.['traceparent'])
  return { ok: true, ref: { source, entryId, tenant, effect, key, orderingKey, traceparent } }
}

const text = (header: IHeaders[string]) => (Buffer.isBuffer(header) ? header.toString() : null)
