import { waitFor } from '@readback/testing'
import { describe, expect, it } from 'vitest'
import { inTransaction } from '../connect/transaction.ts'
import { recordCalls } from '../record/record-calls.ts'
import { commit, db, OWNER, useEntries, wanted } from '../testing/entry-fixture.ts'
import { waitsForLock } from '../testing/waits-for-lock.ts'
import { callUp } from './call-up.ts'
import { claimForCall } from './claim-for-call.ts'
import { freeSlots } from './free-slots.ts'
import { postponeClaims } from './postpone-claims.ts'
import { type TurnRequest, takeTurns } from './take-turns.ts'

useEntries()

const ASKED: TurnRequest = {
  scope: 'tenant',
  subject: 'a/acme',
  count: 5,
  spacingMs: 2,
  aheadMs: 20,
  lineMaxMs: 0,
}

/** Takes turns, and gives the moments that were granted by the database's clock, in microseconds. */
async function turnsOf(request: TurnRequest): Promise<number[]> {
  return inTransaction(db, async (client) => {
    const [turns] = await takeTurns(client, [request])
    const read = `select (extract(epoch from next_at) * 1000000)::bigint as next_us, pg_sleep(random() * 0.003)
                  from readback.limit_bucket where scope = $1 and subject = $2`
    const { rows } = await client.query(read, [request.scope, request.subject])
    const granted = turns?.granted ?? 0
    return Array.from({ length: granted }, (_, n) => rows[0].next_us - (granted - n) * request.spacingMs * 1_000)
  })
}

describe('turns of a rate limit', () => {
  it('are never closer than their spacing, whoever takes them, so that no window holds more than the limit', async () => {
    const session = async () => {
      const turns: number[] = []
      for (let round = 0; round < 25; round += 1) turns.push(...(await turnsOf(ASKED)))
      return turns
    }
    const turns = (await Promise.all(Array.from({ length: 8 }, session))).flat().sort((a, b) => a - b)
    const gaps = turns.slice(1).map((turn, n) => turn - (turns[n] ?? 0))
    // Times are rounded to microseconds.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(ASKED.spacingMs * 1_000 - 2)
    const windowUs = 100_000
    const inWindow = turns.map((start) => turns.filter((turn) => turn >= start && turn < start + windowUs).length)
    expect(Math.max(...inWindow)).toBeLessThanOrEqual(windowUs / (ASKED.spacingMs * 1_000) + 1)
    expect(turns.length).toBeGreaterThan(50)
  })

  it('are handed out ahead only so far; the answer says when the next one is', async () => {
    const request = { ...ASKED, subject: 'ahead', count: 100, spacingMs: 1_000, aheadMs: 2_500 }
    const [first] = await takeTurns(db.pool, [request])
    expect(first).toMatchObject({ granted: 3 })
    expect(first?.first_in_ms).toBeLessThan(1)
    const [second] = await takeTurns(db.pool, [request])
    expect(second?.granted).toBe(0)
    expect(second?.first_in_ms).toBeGreaterThan(2_000)
    expect(second?.first_in_ms).toBeLessThanOrEqual(3_000)
  })

  it('that were refused make a line, one behind the other over all claims, which ends where it may be no longer', async () => {
    const request = { ...ASKED, subject: 'line', count: 10, spacingMs: 1_000, aheadMs: 0, lineMaxMs: 25_000 }
    const lines = []
    for (let claim = 0; claim < 4; claim += 1) lines.push((await takeTurns(db.pool, [request]))[0]?.line_in_ms ?? 0)
    const [first = 0, second = 0, third = 0, fourth = 0] = lines
    // The first one got a turn of ten, the others none.
    expect(first).toBeCloseTo(1_000, -2)
    expect(second - first).toBeGreaterThan(8_000)
    expect(third - second).toBeGreaterThan(9_000)
    expect(Math.max(third, fourth)).toBeLessThanOrEqual(25_000)
    await db.pool.query("update readback.limit_bucket set next_at = now() - interval '1 day', line_until = next_at")
    expect(await takeTurns(db.pool, [{ ...request, count: 1 }])).toMatchObject([{ granted: 1 }])
  })

  it('that were not taken are not saved up', async () => {
    const request = { ...ASKED, subject: 'idle', count: 10, spacingMs: 60_000, aheadMs: 0 }
    await takeTurns(db.pool, [request])
    await db.pool.query("update readback.limit_bucket set next_at = now() - interval '1 day'")
    expect(await takeTurns(db.pool, [request])).toMatchObject([{ granted: 1 }])
    expect(await takeTurns(db.pool, [request])).toMatchObject([{ granted: 0 }])
  })

  it('of several subjects are taken at once, and subjects do not touch each other', async () => {
    const request = { ...ASKED, count: 1, spacingMs: 60_000, aheadMs: 0 }
    const both = ['x', 'y'].map((subject) => ({ ...request, subject }))
    expect(await takeTurns(db.pool, both.slice(0, 1))).toMatchObject([{ subject: 'x', granted: 1 }])
    const turns = await takeTurns(db.pool, both)
    expect(Object.fromEntries(turns.map((each) => [each.subject, each.granted]))).toEqual({ x: 0, y: 1 })
  })

  it('of overlapping subjects are taken in one order, so that nobody waits for ever', async () => {
    const subjects = ['p', 'q', 'r'].map((subject) => ({ ...ASKED, subject }))
    const takes = Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? subjects : [...subjects].reverse()))
    const taken = await Promise.all(takes.map((requests) => inTransaction(db, (client) => takeTurns(client, requests))))
    expect(taken.every((turns) => turns.length === 3)).toBe(true)
  })

  it('that a rolled back claim had taken are free again', async () => {
    const request = { ...ASKED, subject: 'undone', count: 1, spacingMs: 60_000, aheadMs: 0 }
    const undone = inTransaction(db, async (client) => {
      await takeTurns(client, [request])
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await takeTurns(db.pool, [request])).toMatchObject([{ granted: 1 }])
  })
})

describe('calls at the same time', () => {
  const CALLS_MAX = 5

  /** Claims what fits under the limit, and gives the rest back. */
  const claimWithin = (entryIds: readonly string[]) =>
    claimForCall(db, { owner: OWNER, leaseMs: 60_000, entries: entryIds.map(wanted) }, async (client, rows) => {
      const request = { effect: 'invoice.issue', tenant: 'acme', callsMax: CALLS_MAX, claimed: rows.length }
      const [{ free } = { free: 0 }] = await freeSlots(client, [request])
      const late = rows.slice(free)
      await postponeClaims(
        client,
        late.map((row) => ({ entryId: row.entry_id, fence: row.fence, ms: 0, reason: 'concurrency' })),
      )
      return rows.slice(0, free)
    })

  const calling = async (): Promise<number> =>
    (await db.pool.query("select count(*) from readback.delivery where state = 'calling'")).rows[0].count

  it('are never more than the limit, whoever claims them, and all get their turn', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => commit(`slot-${n}`)))
    const open = new Set(ids)
    let most = 0
    const round = async (entryIds: readonly string[]) => {
      const claimed = await claimWithin(entryIds)
      most = Math.max(most, await calling())
      const seen = {
        means: null,
        cause: 'http_200',
        status: 200,
        externalId: null,
        evidence: '{}',
        durationMs: 1,
        seen: false,
      }
      const step = { to: 'verifying', dueInMs: 0 } as const
      await recordCalls(
        db,
        OWNER,
        claimed.map((row) => ({ entryId: row.entry_id, fence: row.fence, step, outcome: 'success', ...seen })),
      )
      for (const row of claimed) open.delete(row.entry_id)
    }
    const session = async (n: number) => {
      while (open.size > 0) await round([...open].slice(n, n + 4).concat([...open].slice(0, 1)))
    }
    // Alone, so that the limit is reached however the race goes.
    await round(ids.slice(0, CALLS_MAX + 1))
    await Promise.all(Array.from({ length: 8 }, (_, n) => session(n)))
    expect(most).toBe(CALLS_MAX)
    const { rows } = await db.pool.query('select count(*), max(attempts) as attempts from readback.delivery')
    expect(rows[0]).toEqual({ count: 60, attempts: 1 })
  })

  it('that end while somebody is told that there is none call him up all the same', async () => {
    const entryId = await commit('waits')
    const freed = [{ effect: 'invoice.issue', tenant: 'acme', slots: 1 }]
    const calls: Promise<unknown>[] = []
    await claimForCall(db, { owner: OWNER, leaseMs: 60_000, entries: [wanted(entryId)] }, async (client, rows) => {
      await freeSlots(client, [{ effect: 'invoice.issue', tenant: 'acme', callsMax: 0, claimed: rows.length }])
      await postponeClaims(
        client,
        rows.map((row) => ({ entryId: row.entry_id, fence: row.fence, ms: 60_000, reason: 'concurrency' })),
      )
      calls.push(callUp(db, freed))
      await waitFor('the call-up to wait for this claim', () => waitsForLock(db), { withinMs: 15_000 })
      return []
    })
    expect(await Promise.all(calls)).toMatchObject([[{ entry_id: entryId }]])
    // It has left the line.
    expect(await callUp(db, freed)).toEqual([])
    const [again] = await claimForCall(
      db,
      { owner: OWNER, leaseMs: 60_000, entries: [wanted(entryId)] },
      async (_, rows) => rows,
    )
    expect(again).toMatchObject({ waited_for: 'concurrency', attempts: 1 })
  })
})
