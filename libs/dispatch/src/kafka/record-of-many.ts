import type { Message } from 'kafkajs'
import type { EntryRef } from '../dispatch.ts'
import { isText, isUuid, textOf } from './header-text.ts'
import type { ReadRecord, ReceivedRecord } from './record.ts'
import { recordKeyOf } from './record-key.ts'

// The version is in the name: a consumer refuses one that it does not know, and does not guess.
const ANY_VERSION = 'application/vnd.readback.references.'
const VERSION_2 = `${ANY_VERSION}v2+json`

/** A value for each reference; where all have the same, that one alone. */
type Column<Value> = Value | Value[]

/** The data of the event, column by column: names are written once, and what all share costs nothing. */
type Columns = {
  ids: string[]
  tenants: Column<string>
  effects: Column<string>
  /** null: the idempotency key. */
  orderingKeys: Column<string | null>
  traceparents: Column<string | null>
  priorities: Column<number>
}

/**
 * Several references of one source as a CloudEvent in binary mode, with the references as its data: all that is dear about a
 * record is paid once. The idempotency keys are in a header, as that of a lone reference is. The record key is that of the
 * first reference; the others go to the same partition.
 */
export function toGroup(refs: readonly [EntryRef, ...EntryRef[]]): Message {
  const [first] = refs
  const columns: Columns = {
    ids: refs.map(({ entryId }) => entryId),
    tenants: column(refs.map(({ tenant }) => tenant)),
    effects: column(refs.map(({ effect }) => effect)),
    orderingKeys: column(refs.map(({ orderingKey, key }) => (orderingKey === key ? null : orderingKey))),
    traceparents: column(refs.map(({ traceparent }) => traceparent)),
    priorities: column(refs.map(({ priority = 0 }) => priority)),
  }
  return {
    key: recordKeyOf(first),
    value: JSON.stringify(columns),
    headers: {
      ce_specversion: '1.0',
      // An event of its own, not that of its first reference.
      ce_id: `${first.entryId}+${refs.length - 1}`,
      ce_source: first.source,
      ce_type: 'readback.references',
      'content-type': VERSION_2,
      'idempotency-keys': JSON.stringify(refs.map(({ key }) => key)),
    },
  }
}

export function isGroup({ headers }: ReceivedRecord): boolean {
  return textOf(headers?.['content-type'])?.startsWith(ANY_VERSION) ?? false
}

/** All of them or none: what wrote one of them wrong wrote none of them for us. */
export function readGroup({ headers = {}, value }: ReceivedRecord): ReadRecord {
  const contentType = textOf(headers['content-type'])
  if (contentType !== VERSION_2)
    return { ok: false, reason: `references as ${contentType}, and this version reads ${VERSION_2}` }
  const source = textOf(headers['ce_source'])
  const keys = parse(headers['idempotency-keys'])
  const columns = parse(value)
  if (!source || !isNames(keys) || !isColumns(columns, keys.length))
    return { ok: false, reason: 'the references are not what they should be' }
  return { ok: true, refs: keys.map((key, nth) => refAt(columns, nth, { source, key })) }
}

function refAt(columns: Columns, nth: number, { source, key }: { source: string; key: string }): EntryRef {
  const ref = {
    source,
    entryId: columns.ids[nth] ?? '',
    tenant: at(columns.tenants, nth),
    effect: at(columns.effects, nth),
    key,
    orderingKey: at(columns.orderingKeys, nth) ?? key,
    traceparent: at(columns.traceparents, nth),
  }
  const priority = at(columns.priorities, nth)
  return priority > 0 ? { ...ref, priority } : ref
}

function column<Value>(values: Value[]): Column<Value> {
  const [first] = values
  return first !== undefined && values.every((value) => value === first) ? first : values
}

const at = <Value extends string | number | null>(of: Column<Value>, nth: number): Value =>
  (Array.isArray(of) ? of[nth] : of) as Value

function parse(bytes: unknown): unknown {
  if (!Buffer.isBuffer(bytes)) return null
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return null
  }
}

const isName = (given: unknown) => isText(given) && given !== ''
const isNames = (given: unknown): given is string[] => Array.isArray(given) && given.length > 0 && given.every(isName)
const isPriority = (given: unknown) => typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= 9

function isColumns(given: unknown, count: number): given is Columns {
  if (typeof given !== 'object' || given === null) return false
  const { ids, tenants, effects, orderingKeys, traceparents, priorities } = given as Record<string, unknown>
  return (
    isNames(ids) &&
    ids.length === count &&
    ids.every(isUuid) &&
    isColumn(tenants, count, isName) &&
    isColumn(effects, count, isName) &&
    isColumn(orderingKeys, count, (one) => one === null || isText(one)) &&
    isColumn(traceparents, count, (one) => one === null || isText(one)) &&
    isColumn(priorities, count, isPriority)
  )
}

const isColumn = (given: unknown, count: number, isValue: (one: unknown) => boolean): boolean =>
  Array.isArray(given) ? given.length === count && given.every(isValue) : isValue(given)
