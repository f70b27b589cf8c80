import { describe, expect, it } from 'vitest'
import { SESSION_LOST_MS, startSession } from './session.ts'

type Answer = boolean | Error

const DATABASE_MS = 1_700_000_000_000

/** A session whose beats are answered when the test says so. */
async function start() {
  const asked: ((answer: Answer) => void)[] = []
  const world = { nowMs: 0, registered: [] as string[] }
  const session = await startSession({
    register: async (id) => {
      world.registered.push(id)
      return DATABASE_MS
    },
    touch: () =>
      new Promise((resolve, reject) => {
        asked.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer ? DATABASE_MS : null)))
      }),
    leave: async () => {},
    newId: () => `session-${world.registered.length + 1}`,
    monotonicMs: () => world.nowMs,
    clock: { heard: () => {}, nowMs: () => DATABASE_MS },
    observe: () => {},
  })
  const answer = async (given: Answer) => {
    asked.shift()?.(given)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { world, session, answer }
}

describe('a session', () => {
  it('is not relied on any more before others take it for lost', async () => {
    const { world, session, answer } = await start()
    expect(session.holds()).toBe(true)
    world.nowMs = SESSION_LOST_MS - 1_000
    expect(session.holds()).toBe(false)
    // Said to be alive when the question arrived: what counts is when it was asked.
    await answer(true)
    expect(session.holds()).toBe(false)
    await session.leave()
  })

  it('that was declared lost goes on under another id', async () => {
    const { world, session, answer } = await start()
    const lost = session.id()
    await answer(false)
    expect(session.id()).not.toBe(lost)
    expect(world.registered).toEqual([lost, session.id()])
    await session.leave()
  })

  it('is not lost with a beat that failed', async () => {
    const { session, answer } = await start()
    const id = session.id()
    await answer(new Error('no database'))
    expect([session.id(), session.holds()]).toEqual([id, true])
    await session.leave()
  })
})
