import { describe, expect, it } from 'vitest'
import { inTransaction } from '../connect/transaction.ts'
import { db, useEntries } from '../testing/entry-fixture.ts'
import { takeRetries } from './take-retries.ts'

useEntries()

const TERMS = {
  tokensMax: 20,
  reserve: 3,
  tricklePerSecond: 0.1,
  firstWaitMs: 1_000,
  spacingMs: 10,
  waitMsMax: 60_000,
}

const ask = async (destination: string, count: number, earned = 0) => {
  const [answer] = await takeRetries(db.pool, [{ destination, count, earned }], TERMS)
  return answer ?? { granted: -1, wait_ms: -1 }
}
const granted = async (destination: string, count: number, earned = 0) =>
  (await ask(destination, count, earned)).granted

/** As if it had been filled so long ago. */
const rest = (destination: string, ms: number) =>
  db.pool.query(
    `update readback.retry_budget set filled_at = filled_at - $2::float8 * interval '1 millisecond' where destination = $1`,
    [destination, ms],
  )

describe('the budget for calling a destination again', () => {
  it('begins with a reserve, and then gives what was earned', async () => {
    expect(await granted('a', 10)).toBe(3)
    expect(await granted('a', 10)).toBe(0)
    expect(await granted('a', 10, 2.5)).toBe(2)
    expect(await granted('a', 10, 0.5)).toBe(1)
    expect(await granted('b', 1)).toBe(1)
  })

  it('gives one token for ten tenths, though their sum is a little less', async () => {
    await granted('tenths', 10)
    for (let n = 0; n < 9; n += 1) expect(await granted('tenths', 1, 0.1)).toBe(0)
    expect(await granted('tenths', 1, 0.1)).toBe(1)
  })

  it('is filled up to its reserve by a trickle, and above it only by what is earned, up to an end', async () => {
    await granted('t', 3)
    await rest('t', 10_000)
    expect(await granted('t', 5)).toBe(1)
    await rest('t', 3_600_000)
    expect(await granted('t', 50)).toBe(3)
    await granted('t', 0, 1_000)
    await rest('t', 3_600_000)
    expect(await granted('t', 50)).toBe(20)
  })

  it('is one for all who ask, and a transaction that comes to nothing takes nothing', async () => {
    await granted('shared', 0, 17)
    const failing = inTransaction(db, async (client) => {
      await takeRetries(client, [{ destination: 'shared', count: 20, earned: 0 }], TERMS)
      throw new Error('the claim fails')
    })
    await expect(failing).rejects.toThrow('the claim fails')
    const answers = await Promise.all(Array.from({ length: 8 }, () => granted('shared', 5)))
    expect(answers.reduce((sum, each) => sum + each, 0)).toBe(20)
  })

  it('is asked about several destinations in one order, so that claims wait for each other and never for ever', async () => {
    const both = ['one', 'two'].map((destination) => ({ destination, count: 5, earned: 0 }))
    const rounds = Array.from({ length: 12 }, (_, n) =>
      inTransaction(db, (client) => takeRetries(client, n % 2 === 0 ? both : [...both].reverse(), TERMS)),
    )
    const all = (await Promise.all(rounds)).flat()
    expect(all.reduce((sum, each) => sum + each.granted, 0)).toBe(6)
  })

  it('has those without a token wait each a little longer than the one before, also those of other processes', async () => {
    await granted('w', 3)
    expect((await ask('w', 50)).wait_ms).toBeCloseTo(1_000, -1)
    const second = await ask('w', 1)
    expect(second.wait_ms).toBeGreaterThan(1_300)
    expect(second.wait_ms).toBeLessThanOrEqual(1_500)
    await ask('w', 1_000_000)
    expect((await ask('w', 1)).wait_ms).toBeLessThanOrEqual(60_000)
  })
})
