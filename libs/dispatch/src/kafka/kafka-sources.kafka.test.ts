import { waitFor } from '@readback/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Dispatch, EntryRef, Intake } from '../dispatch.ts'
import { createKafkaWorld, type KafkaWorld, noKafka, PATIENCE } from '../testing/kafka-world.ts'
import { refs } from '../testing/refs.ts'
import { createTestIntake, type TestIntake } from '../testing/test-intake.ts'

const refsOf = (source: string, from: number, to: number): EntryRef[] =>
  refs(from, to).map((ref) => ({ ...ref, source }))
const ids = (published: readonly EntryRef[]) => published.map(({ entryId }) => entryId)

describe.skipIf(noKafka)('several sources on one cluster', () => {
  let world: KafkaWorld
  beforeEach(() => {
    world = createKafkaWorld()
  })
  afterEach(() => world.close())

  const consume = async (dispatch: Dispatch, intake: Intake) => {
    await dispatch.consume('deliver', intake)
    await waitFor('a share of the work', () => dispatch.ready(), PATIENCE)
  }
  const emptied = (dispatch: Dispatch) =>
    waitFor('an empty backlog', async () => (await dispatch.backlog('deliver')) === 0, PATIENCE)

  it('are each handed their own references, in one process', async () => {
    const connection = world.open()
    const [orders, billing] = [connection.of('orders'), connection.of('billing')]
    const intakes = [createTestIntake(), createTestIntake()] as const
    await Promise.all([consume(orders, intakes[0]), consume(billing, intakes[1])])
    const published = { orders: refsOf('orders', 0, 40), billing: refsOf('billing', 20, 60) }
    await Promise.all([orders.publish('deliver', published.orders), billing.publish('deliver', published.billing)])
    await Promise.all([emptied(orders), emptied(billing)])
    expect(new Set(intakes[0].handedOver())).toEqual(new Set(published.orders))
    expect(new Set(intakes[1].handedOver())).toEqual(new Set(published.billing))
  })

  let answer = () => {}
  const noAnswer = () => new Promise<void>((resolve) => (answer = resolve))

  it.each<[string, (intake: TestIntake) => void]>([
    ['whose database is away', (intake) => intake.onAccept(() => Promise.reject(new Error('the database is away')))],
    ['whose database never answers', (intake) => intake.onAccept(noAnswer)],
    ['that has no room', (intake) => intake.give(0)],
  ])('do not wait for one %s', async (_, hinder) => {
    const connection = world.open()
    const [dead, live] = [connection.of('dead'), connection.of('live')]
    const [hindered, working] = [createTestIntake(), createTestIntake()]
    hinder(hindered)
    await Promise.all([consume(dead, hindered), consume(live, working)])
    await dead.publish('deliver', refsOf('dead', 0, 50))
    await live.publish('deliver', refsOf('live', 0, 50))
    await emptied(live)
    expect(working.accepted().toSorted()).toEqual(ids(refsOf('live', 0, 50)))
    expect(hindered.accepted()).toEqual([])
    expect(await dead.backlog('deliver')).toBeGreaterThan(0)
    answer()
  })

  it('are served wherever they are listed, whatever else is listed there', async () => {
    const [both, one] = [world.open(), world.open()]
    const shared = [createTestIntake(), createTestIntake()]
    const other = createTestIntake()
    for (const [index, dispatch] of [both.of('orders'), one.of('orders')].entries())
      await consume(dispatch, shared[index] ?? other)
    const billing = both.of('billing')
    await consume(billing, other)
    const published = refsOf('orders', 0, 100)
    await both.publish('deliver', [...published, ...refsOf('billing', 0, 10)])
    await Promise.all([emptied(both.of('orders')), emptied(billing)])
    expect(new Set(shared.flatMap((intake) => intake.accepted()))).toEqual(new Set(ids(published)))
    expect(other.accepted()).toHaveLength(10)
  })

  it('keep the group that a lone one had', async () => {
    const connection = world.open()
    const intake = createTestIntake()
    await consume(connection.of('default'), intake)
    await consume(connection.of('orders'), createTestIntake())
    const groups = (await (await world.admin()).listGroups()).groups.map(({ groupId }) => groupId)
    expect(groups).toEqual(expect.arrayContaining([world.group, `${world.topicPrefix}-orders-deliver`]))
  })
})
