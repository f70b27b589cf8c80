import { waitFor } from '@readback/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Dispatch, EntryRef, Intake } from '../dispatch.ts'
import { DispatchClosedError } from '../dispatch-closed-error.ts'
import { numberOf, refs } from './refs.ts'
import { createTestIntake } from './test-intake.ts'

export type DispatchUnderTest = {
  dispatch: Dispatch
  /** A dispatch onto the same queues, as a further process would have it; the same one if there is but one process. */
  another(): Dispatch
  close(): Promise<void>
}

const PATIENCE = { withinMs: 20_000 }

/** What every dispatch must do, whatever it is made of. */
export function describeDispatch(name: string, open: () => Promise<DispatchUnderTest>): void {
  describe(`${name}, as any dispatch,`, () => {
    let world: DispatchUnderTest
    let dispatch: Dispatch
    beforeEach(async () => {
      world = await open()
      dispatch = world.dispatch
    })
    afterEach(() => world.close())

    const consume = async (intake: Intake, by = dispatch) => {
      const consumer = await by.consume('deliver', intake)
      await waitFor('a share of the work', () => by.ready(), PATIENCE)
      return consumer
    }
    const settled = () => waitFor('an empty backlog', async () => (await dispatch.backlog('deliver')) === 0, PATIENCE)

    it('hands over each reference as it was published', async () => {
      const intake = createTestIntake()
      await consume(intake)
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
      const published = refs(0, 3).map((ref): EntryRef => ({ ...ref, tenant: 'a/b%', key: 'clé 7', traceparent }))
      await dispatch.publish('deliver', published)
      await settled()
      expect(intake.handedOver().toSorted((a, b) => numberOf(a.entryId) - numberOf(b.entryId))).toEqual(published)
    })

    it('keeps what was published before anybody consumes', async () => {
      await dispatch.publish('deliver', refs(0, 20))
      expect(await dispatch.backlog('deliver')).toBeGreaterThan(0)
      const intake = createTestIntake()
      await consume(intake)
      await settled()
      expect(intake.accepted()).toHaveLength(20)
    })

    it('keeps topics apart', async () => {
      const intake = createTestIntake()
      await consume(intake)
      await dispatch.publish('verify', refs(0, 5))
      await dispatch.publish('deliver', refs(5, 6))
      await settled()
      expect(intake.accepted()).toEqual(ids(refs(5, 6)))
      expect(await dispatch.backlog('verify')).toBeGreaterThan(0)
    })

    it('keeps the order of each ordering key over many publishes and slices', async () => {
      const intake = createTestIntake(13)
      await consume(intake)
      await Promise.all(Array.from({ length: 10 }, (_, at) => dispatch.publish('deliver', refs(at * 50, at * 50 + 50))))
      await settled()
      expect(intake.accepted()).toHaveLength(500)
      expectOrderPerKey(intake.accepted())
    })

    it('never hands over more at once than there is room for', async () => {
      const intake = createTestIntake(8)
      await dispatch.publish('deliver', refs(0, 50))
      await consume(intake)
      await settled()
      expect(Math.max(...intake.batches.map((batch) => batch.length))).toBeLessThanOrEqual(8)
      expect(intake.accepted()).toHaveLength(50)
    })

    it('hands over again, in order, what could not be accepted', async () => {
      const intake = createTestIntake(10)
      let failures = 3
      intake.onAccept(async () => {
        if (failures-- > 0) throw new TypeError('the database is away')
      })
      await consume(intake)
      await dispatch.publish('deliver', refs(0, 40))
      await settled()
      expect(inOrder(intake.accepted())).toEqual(ids(refs(0, 40)))
      expectOrderPerKey(intake.accepted())
    })

    it('has a backlog as long as something is published and not accepted', async () => {
      const intake = createTestIntake(0)
      await consume(intake)
      await dispatch.publish('deliver', refs(0, 30))
      expect(await dispatch.backlog('deliver')).toBeGreaterThan(0)
      intake.give(100)
      await settled()
      expect(intake.accepted()).toHaveLength(30)
    })

    it('waits for a hand-over in progress when it stops, and hands over nothing after it', async () => {
      const intake = createTestIntake(5)
      let finish = () => {}
      intake.onAccept(() => new Promise((resolve) => (finish = resolve)))
      const consumer = await consume(intake)
      await dispatch.publish('deliver', refs(0, 50))
      await waitFor('a hand-over', () => intake.handedOver().length > 0, PATIENCE)
      const stopped = consumer.stop()
      finish()
      await stopped
      const atStop = intake.handedOver().length
      expect(intake.accepted()).toHaveLength(atStop)

      const successor = createTestIntake()
      await consume(successor)
      await settled()
      expect(intake.handedOver()).toHaveLength(atStop)
      // A record of which only a part was accepted comes again.
      const accepted = new Set([...intake.accepted(), ...successor.accepted()])
      expect(inOrder(accepted)).toEqual(ids(refs(0, 50)))
    })

    it('stops at once while it waits for room, and keeps what it had', async () => {
      const intake = createTestIntake(0)
      const consumer = await consume(intake)
      await dispatch.publish('deliver', refs(0, 5))
      await consumer.stop()
      expect(intake.handedOver()).toEqual([])
      expect(await dispatch.backlog('deliver')).toBeGreaterThan(0)
    })

    it('loses nothing when a consumer joins and leaves under load', async () => {
      const [first, second] = [createTestIntake(10), createTestIntake(10)]
      await consume(first)
      const joining = consume(second, world.another())
      for (let at = 0; at < 500; at += 25) await dispatch.publish('deliver', refs(at, at + 25))
      const leaving = (await joining).stop()
      for (let at = 500; at < 1_000; at += 25) await dispatch.publish('deliver', refs(at, at + 25))
      await leaving
      await settled()
      const accepted = new Set([...first.accepted(), ...second.accepted()])
      expect(inOrder(accepted)).toEqual(ids(refs(0, 1_000)))
    })

    it('refuses to publish and to consume once it is closed', async () => {
      await dispatch.close()
      await expect(dispatch.publish('deliver', refs(0, 1))).rejects.toThrow(DispatchClosedError)
      await expect(dispatch.consume('deliver', createTestIntake())).rejects.toThrow(DispatchClosedError)
    })
  })
}

const ids = (published: readonly EntryRef[]) => published.map(({ entryId }) => entryId)
const inOrder = (entryIds: Iterable<string>) => [...entryIds].sort((a, b) => numberOf(a) - numberOf(b))

/** The entries of an ordering key are numbered in the order of publishing; `refs` has seven keys. */
function expectOrderPerKey(entryIds: readonly string[]) {
  for (const key of [0, 1, 2, 3, 4, 5, 6]) {
    const ofKey = entryIds.filter((entryId) => numberOf(entryId) % 7 === key)
    expect(ofKey).toEqual(inOrder(ofKey))
  }
}
