import { waitFor } from '@readback/testing'
import { describe, expect, it } from 'vitest'
import { DispatchClosedError } from './dispatch-closed-error.ts'
import { createInProcessDispatch } from './in-process-dispatch.ts'
import type { DispatchObservation } from './observation.ts'
import { describeDispatch } from './testing/describe-dispatch.ts'
import { refs } from './testing/refs.ts'
import { createTestIntake } from './testing/test-intake.ts'

describeDispatch('the in-process dispatch', async () => {
  const dispatch = createInProcessDispatch({ capacity: 200 })
  return { dispatch, another: () => dispatch, close: () => dispatch.close() }
})

describe('the in-process dispatch', () => {
  it('lets publishers wait while the queue is full, and takes a publish as a whole', async () => {
    const dispatch = createInProcessDispatch({ capacity: 10 })
    await dispatch.publish('deliver', refs(0, 15))
    let published = false
    const waiting = dispatch.publish('deliver', refs(15, 20)).then(() => (published = true))
    const intake = createTestIntake(0)
    await dispatch.consume('deliver', intake)
    expect(await dispatch.backlog('deliver')).toBe(15)
    expect(published).toBe(false)

    intake.give(5)
    await waiting
    await waitFor('all', () => intake.accepted().length === 20, { withinMs: 1_000 })
    expect(intake.batches.map((batch) => batch.length)).toEqual([5, 5, 5, 5])
    await dispatch.close()
  })

  it('rejects those who wait for the queue when it is closed', async () => {
    const dispatch = createInProcessDispatch({ capacity: 1 })
    await dispatch.publish('deliver', refs(0, 1))
    const waiting = dispatch.publish('deliver', refs(1, 2))
    await dispatch.close()
    await expect(waiting).rejects.toThrow(DispatchClosedError)
  })

  it('tells why a hand-over failed, and how often in a row', async () => {
    const seen: DispatchObservation[] = []
    const dispatch = createInProcessDispatch({ observe: (observation) => seen.push(observation) })
    const error = new Error('the database is away')
    let failures = 2
    await dispatch.consume('deliver', {
      room: async () => 10,
      overdue: async () => [],
      accept: async () => {
        if (failures-- > 0) throw error
      },
    })
    await dispatch.publish('deliver', refs(0, 1))
    await waitFor('acceptance', async () => (await dispatch.backlog('deliver')) === 0, { withinMs: 1_000 })
    expect(seen).toEqual([
      { type: 'hand_over_failed', topic: 'deliver', failures: 1, error },
      { type: 'hand_over_failed', topic: 'deliver', failures: 2, error },
    ])
    await dispatch.close()
  })

  it('gives the work of a consumer that cannot accept to one that can', async () => {
    const dispatch = createInProcessDispatch()
    const [failing, working] = [createTestIntake(), createTestIntake()]
    failing.onAccept(() => Promise.reject(new Error('the database is away')))
    await dispatch.consume('deliver', failing)
    await dispatch.publish('deliver', refs(0, 50))
    await dispatch.consume('deliver', working)
    await waitFor('acceptance', () => working.accepted().length === 50, { withinMs: 1_000 })
    await dispatch.close()
  })
})
