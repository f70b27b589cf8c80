import type { Message } from 'kafkajs'
import type { EntryRef } from '../dispatch.ts'
import { isText } from './header-text.ts'
import { partitionOf } from './partition-of.ts'
import { toRecord } from './record.ts'
import { recordKeyOf } from './record-key.ts'

// Four times as many cost a producer about the same; a quarter as many cost it 2 us more.
const REFS_OF_A_RECORD = 100
// A broker takes 1 MB of a partition, and all of them may be in one. As many as a page of the relay has.
const REFS_OF_A_REQUEST = 1_000
const BYTES_OF_A_REQUEST = 900_000
// As JSON writes what it has to escape.
const BYTES_OF_A_CHARACTER = 6
// Id, commas and quotes; a lone record has its headers' names instead.
const BYTES_BESIDES = 200

type Group = [EntryRef, ...EntryRef[]]

/** The records of each request: those of a partition in order, and the references in them. */
export function* intoRequests(refs: readonly EntryRef[], partitions: number): Generator<Message[]> {
  let from = 0
  let bytes = 0
  for (const [at, ref] of refs.entries()) {
    const more = largestBytes(ref)
    if (at > from && (at - from === REFS_OF_A_REQUEST || bytes + more > BYTES_OF_A_REQUEST)) {
      yield intoRecords(refs.slice(from, at), partitions)
      from = at
      bytes = 0
    }
    bytes += more
  }
  if (from < refs.length) yield intoRecords(refs.slice(from), partitions)
}

function intoRecords(refs: readonly EntryRef[], partitions: number): Message[] {
  const groups: Group[] = []
  const open = new Map<number, Group>()
  for (const ref of refs) {
    const partition = partitionOf(recordKeyOf(ref), partitions)
    const group = open.get(partition)
    const readable = isReadable(ref)
    if (group && readable && mayJoin(ref, group)) {
      group.push(ref)
      continue
    }
    const next: Group = [ref]
    groups.push(next)
    // What no consumer can read stays alone, to spoil no other.
    if (readable) open.set(partition, next)
    else open.delete(partition)
  }
  return groups.map(toRecord)
}

/** A record has one source, and consumers of others pass it over unread. */
const mayJoin = (ref: EntryRef, group: Group): boolean =>
  group.length < REFS_OF_A_RECORD && group[0].source === ref.source

/** The database bounds what makes the key of an entry, and not its ordering key. */
const isReadable = ({ orderingKey, traceparent }: EntryRef): boolean =>
  isText(orderingKey) && (traceparent === null || isText(traceparent))

const largestBytes = ({ source, tenant, effect, key, orderingKey, traceparent }: EntryRef): number =>
  BYTES_BESIDES +
  BYTES_OF_A_CHARACTER *
    (source.length + tenant.length + effect.length + key.length + orderingKey.length + (traceparent?.length ?? 0))
