import type { Batch, EachBatchPayload, KafkaMessage, Message } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { EntryRef } from '../dispatch.ts'
import type { DispatchObservation } from '../observation.ts'
import { numberOf, refs } from '../testing/refs.ts'
import { consumeBatch } from './consume-batch.ts'
import { createInbox } from './inbox.ts'
import { withDefaults } from './kafka-options.ts'
import { toRecord } from './record.ts'

type Group = [EntryRef, ...EntryRef[]]

describe('what one fetch brings from a partition', () => {
  it('is handed over by the reference, and committed by the record of which all are accepted', async () => {
    const { inbox, consumed, commits } = fetched([groupOf(0, 3), groupOf(3, 4), groupOf(4, 8)])
    expect(await take(inbox, 2)).toEqual([0, 1])
    expect(commits).toEqual([])
    expect(await take(inbox, 1)).toEqual([2])
    expect(commits).toEqual(['11'])
    expect(await take(inbox, 3)).toEqual([3, 4, 5])
    expect(commits).toEqual(['11', '12'])
    expect(await take(inbox, 9)).toEqual([6, 7])
    expect(commits).toEqual(['11', '12', '13'])
    await consumed
  })

  it('is not committed for what is urgent in it: all of its record and of those before have to be accepted', async () => {
    const { inbox, consumed, commits } = fetched([groupOf(0, 3), urgent(groupOf(3, 5))])
    expect(await take(inbox, 3)).toEqual([3, 4, 0])
    expect(commits).toEqual([])
    expect(await take(inbox, 3)).toEqual([1, 2])
    expect(commits).toEqual(['12'])
    await consumed
  })

  it('is committed with what was passed over', async () => {
    const foreign: KafkaMessage = { ...message(10, groupOf(0, 1)), key: null }
    const { inbox, consumed, commits, seen } = fetched([groupOf(0, 2), foreign, groupOf(2, 4), foreign])
    expect(await take(inbox, 3)).toEqual([0, 1, 2])
    expect(commits).toEqual(['12'])
    expect(await take(inbox, 3)).toEqual([3])
    expect(commits).toEqual(['12', '14'])
    await consumed
    expect(seen).toMatchObject([{ type: 'record_skipped', offset: '11', count: 2 }])
  })

  it('is read on behind while the last of it is being accepted, and committed after it', async () => {
    const { inbox, consumed, commits, resolved } = fetched([groupOf(0, 3)])
    let finish = () => {}
    const handedOver = inbox.next(3, () => new Promise((resolve) => (finish = resolve)))
    await consumed
    expect({ commits, resolved }).toEqual({ commits: [], resolved: ['10'] })
    finish()
    await handedOver
    expect(commits).toEqual(['11'])
  })

  it('comes again from the first record that is not whole, when the membership is lost', async () => {
    const lost = { heartbeat: () => Promise.reject(new Error('rebalancing')) }
    const { inbox, consumed, commits, resolved } = fetched([groupOf(0, 2), groupOf(2, 5)], lost)
    const failed = consumed.catch(String)
    expect(await take(inbox, 3)).toEqual([0, 1, 2])
    expect(await failed).toBe('Error: rebalancing')
    expect(commits).toEqual(['11'])
    expect(resolved).toEqual(['10'])
    expect(inbox.isEmpty()).toBe(true)
  })
})

const groupOf = (from: number, to: number) => refs(from, to) as Group
const urgent = (group: Group) => group.map((ref) => ({ ...ref, priority: 5 })) as Group

/** Records at the offsets from 10 on. */
function fetched(records: readonly (Group | KafkaMessage)[], more: Partial<EachBatchPayload> = {}) {
  const seen: DispatchObservation[] = []
  const observe = (observation: DispatchObservation) => void seen.push(observation)
  const settings = withDefaults({ brokers: [], clientId: 'test', sessionTimeoutMs: 5, observe })
  const inbox = createInbox()
  const commits: string[] = []
  const resolved: string[] = []
  const committer = {
    accepted: (_: number, next: string) => void commits.push(next),
    flush: async () => {},
    forget: () => {},
  }
  const messages = records.map((record, nth) =>
    Array.isArray(record) ? message(10 + nth, record) : { ...record, offset: String(10 + nth) },
  )
  const batch = {
    topic: 'any',
    partition: 0,
    messages,
    lastOffset: () => String(9 + messages.length),
  } as unknown as Batch
  const resolveOffset = (offset: string) => void resolved.push(offset)
  const payload = { batch, resolveOffset, heartbeat: async () => {}, ...more } as unknown as EachBatchPayload
  const consumed = consumeBatch(payload, { settings, topic: 'deliver', inbox, committer })
  return { inbox, consumed, commits, resolved, seen }
}

function message(offset: number, group: Group): KafkaMessage {
  const record: Message = toRecord(group)
  const headers = Object.entries(record.headers ?? {}).map(([name, content]) => [name, Buffer.from(String(content))])
  return {
    offset: String(offset),
    key: Buffer.from(String(record.key)),
    value: record.value === null ? null : Buffer.from(String(record.value)),
    headers: Object.fromEntries(headers),
    timestamp: '0',
    attributes: 0,
  }
}

async function take(inbox: ReturnType<typeof createInbox>, limit: number): Promise<number[]> {
  const taken: number[] = []
  await inbox.next(limit, async (slice) => void taken.push(...slice.map(({ entryId }) => numberOf(entryId))))
  return taken
}
