import { testKafka, waitFor } from '@readback/testing'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Intent, intentsFor } from '../world/producer.ts'
import type { RoleProcess } from '../world/product.ts'
import { openWorld, type World } from '../world/world.ts'

const TOPICS = ['readback.deliver.v1', 'readback.verify.v1']
const groupsOf = ({ source }: World) =>
  [
    { groupId: `readback-${source}-deliver`, topic: 'readback.deliver.v1' },
    { groupId: `readback-${source}-verify`, topic: 'readback.verify.v1' },
  ] as const
const COUNT = 15
const PATIENCE = { withinMs: 90_000 }
// The goal is 2 s; the bound leaves room for a machine that does ten other things.
const TAKEN_OVER_WITHIN_MS = 10_000

const kafka = await testKafka()
const brokers = kafka.is === 'there' ? kafka.brokers : ''

describe.skipIf(kafka.is === 'missing')('nothing in Kafka is precious', () => {
  const client = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const admin = client.admin()
  let world: World
  let relay: RoleProcess
  let callers: RoleProcess[]

  const startCallers = () => Promise.all((['worker', 'worker', 'verifier'] as const).map((role) => world.start(role)))
  const commit = async (name: string): Promise<Intent[]> => {
    const intents = [...intentsFor('keyed', name, COUNT), ...intentsFor('readable', name, COUNT)]
    await world.producer.commit(intents)
    return intents
  }
  const callsOf = async (intents: readonly Intent[]) => {
    const stories = new Map((await world.stories()).map((story) => [story.key, story.calls.length]))
    return intents.map(({ key }) => stories.get(key))
  }
  const once = (intents: readonly Intent[]) => intents.map(() => 1)

  beforeAll(async () => {
    await admin.connect()
    world = await openWorld({ providers: { keyed: {}, readable: { latencyMs: 50 } }, kafkaBrokers: brokers })
    ;[relay, callers] = await Promise.all([world.start('relay'), startCallers()])
  }, 180_000)
  afterAll(async () => {
    await world.close()
    await admin.disconnect()
  }, 60_000)

  it('topics may be deleted while work is under way', async () => {
    const intents = await commit('deleted')
    await admin.deleteTopics({ topics: TOPICS })
    const later = await commit('after-deletion')
    await world.settled()
    await world.check({ effects: 4 * COUNT })
    expect(await callsOf([...intents, ...later])).toEqual(once([...intents, ...later]))
  }, 180_000)

  it('offsets may be reset: old references are read again, and nothing is called again', async () => {
    const intents = await commit('before-reset')
    await world.settled()
    await Promise.all(callers.map((process) => process.stop()))
    for (const group of groupsOf(world)) await resetOffsets(admin, group)
    expect(await backlog(admin, world)).toBeGreaterThan(0)
    callers = await startCallers()
    await waitFor('the old references to be read', async () => (await backlog(admin, world)) === 0, PATIENCE)
    expect(await callsOf(intents)).toEqual(once(intents))
    await world.check({ effects: 6 * COUNT })
  }, 180_000)

  it('references may be sent again by anybody, also to entries that never were', async () => {
    const intents = await commit('sent-again')
    await world.settled()
    const producer = client.producer()
    await producer.connect()
    const { rows } = await world.pool.query<{ entry_id: string; key: string; effect: string }>(
      'select entry_id, key, effect from readback.outbox',
    )
    const never = { entry_id: '0193e0a0-0000-7000-8000-000000000001', key: 'never-was', effect: 'invoice.issue' }
    const messages = [...rows, never].map(({ entry_id, key, effect }) => ({
      key: `acme/${key}`,
      value: null,
      headers: {
        ce_specversion: '1.0',
        ce_id: entry_id,
        ce_source: world.source,
        ce_type: effect,
        'idempotency-key': key,
      },
    }))
    for (const topic of TOPICS) await producer.send({ topic, messages })
    await producer.disconnect()
    await waitFor('the references to be read', async () => (await backlog(admin, world)) === 0, PATIENCE)
    expect(await callsOf(intents)).toEqual(once(intents))
    await world.check({ effects: 8 * COUNT })
  }, 180_000)

  it('a second relay stands by, and follows one that is killed', async () => {
    const leaderOf = async () => {
      const { rows } = await world.pool.query<{ leader: string }>(
        'select distinct lease_owner as leader from readback.relay_cursor where lease_until > now()',
      )
      return rows.length === 1 ? rows[0]?.leader : undefined
    }
    const first = await waitFor('a leader', leaderOf, PATIENCE)
    const standBy = await world.start('relay')
    expect(await leaderOf()).toBe(first)

    await relay.kill9()
    const killedAtMs = performance.now()
    const intents = await commit('after-kill')
    await waitFor(
      'the first call of what was committed after the kill',
      async () => (await callsOf(intents)).some((calls) => calls),
      PATIENCE,
    )
    const tookMs = Math.round(performance.now() - killedAtMs)
    console.log(`a killed relay was followed after ${tookMs} ms, the first call included`)
    expect(tookMs).toBeLessThan(TAKEN_OVER_WITHIN_MS)
    expect(await leaderOf()).not.toBe(first)
    await world.settled()
    await world.check({ effects: 10 * COUNT })
    expect((await standBy.stop()).code).toBe(0)
  }, 180_000)
})

/** Refused as long as the group believes that somebody is in it. */
const resetOffsets = (admin: Admin, group: { groupId: string; topic: string }) =>
  waitFor('the group to be empty', () => admin.resetOffsets({ ...group, earliest: true }).then(() => true), PATIENCE)

/** Records that are published and not yet taken by the product's groups. */
async function backlog(admin: Admin, world: World): Promise<number> {
  let waiting = 0
  for (const { groupId, topic } of groupsOf(world)) {
    const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]))
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
    for (const { partition, offset } of committed?.partitions ?? [])
      waiting += (ends.get(partition) ?? 0) - Math.max(0, Number(offset))
  }
  return waiting
}
