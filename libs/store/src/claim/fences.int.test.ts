import { randomUUID } from 'node:crypto'
import { MISSES_MAX } from '@readback/lifecycle'
import { describe, expect, it } from 'vitest'
import { expireLeases } from '../keep/expire-leases.ts'
import { leaveProcess, reapLostProcesses, registerProcess, touchProcess } from '../keep/process.ts'
import { type CallRecord, recordCalls } from '../record/record-calls.ts'
import { type LookRecord, recordLooks } from '../record/record-looks.ts'
import { type SettleRecord, settle } from '../record/settle.ts'
import {
  attempts,
  called,
  claim,
  claimAll,
  commit,
  db,
  liveRow,
  OWNER,
  stateOf,
  useEntries,
} from '../testing/entry-fixture.ts'
import { claimForLook } from './claim-for-look.ts'

useEntries()

const SEEN = { status: 200, externalId: null, evidence: '{}', durationMs: 1 }

const callRecord = (entryId: string, fence: number): CallRecord => ({
  ...SEEN,
  entryId,
  fence,
  step: { to: 'verifying', dueInMs: 0 },
  outcome: 'success',
  means: null,
  cause: 'http_200',
  seen: false,
})

const lookRecord = (entryId: string, fence: number, changes: Partial<LookRecord> = {}): LookRecord => ({
  ...SEEN,
  entryId,
  fence,
  step: { to: 'unknown', dueInMs: 0 },
  verdict: 'absent',
  cause: 'absent',
  ...changes,
})

const settleRecord = (entryId: string, fence: number, from: SettleRecord['from']): SettleRecord => ({
  entryId,
  fence,
  from,
  state: from === 'calling' ? 'acknowledged' : 'done',
  call: from === 'calling' ? { outcome: 'success', cause: 'http_201', evidence: '{}', durationMs: 5 } : null,
  look: from === 'calling' ? null : { verdict: 'present', evidence: '{}', durationMs: 5 },
  externalId: null,
  contractVersion: 1,
  committedAt: '2026-11-22T00:00:00Z',
})

/** An entry that is being called, at fence 1. */
async function calling(key: string): Promise<string> {
  const entryId = await commit(key)
  await claim(entryId)
  return entryId
}

/** An entry that is being looked at, at fence 2, after a call in doubt. */
async function looking(key: string): Promise<string> {
  const entryId = await commit(key)
  await called(entryId, 'side_effect_unknown', { to: 'unknown', dueInMs: 0 })
  await look(entryId)
  return entryId
}

const look = (entryId: string, owner = OWNER) => claimForLook(db, { owner, leaseMs: 60_000, entryIds: [entryId] })

describe('what a lost lease writes', () => {
  const strangers = [
    ['an older fence', OWNER, -1],
    ['a newer fence', OWNER, 1],
    ['another owner', randomUUID(), 0],
  ] as const

  it.each(strangers)('%s: no outcome of a call', async (_, owner, shift) => {
    const entryId = await calling('a')
    const before = await liveRow(entryId)
    expect(await recordCalls(db, owner, [callRecord(entryId, 1 + shift)])).toEqual(new Set())
    expect(await liveRow(entryId)).toEqual(before)
    expect(await attempts(entryId)).toEqual([])
  })

  it.each(strangers)('%s: no acknowledgement', async (_, owner, shift) => {
    const entryId = await calling('a')
    expect(await settle(db, owner, [settleRecord(entryId, 1 + shift, 'calling')])).toEqual([])
    expect(await stateOf('a')).toBe('calling')
    expect(await attempts(entryId)).toEqual([])
  })

  it.each(strangers)('%s: no verdict of a look', async (_, owner, shift) => {
    const entryId = await looking('a')
    const before = await liveRow(entryId)
    expect(await recordLooks(db, owner, [lookRecord(entryId, 2 + shift)])).toEqual(new Set())
    expect(await liveRow(entryId)).toEqual(before)
    expect(await attempts(entryId)).toHaveLength(1)
  })

  it.each(strangers)('%s: no receipt', async (_, owner, shift) => {
    const entryId = await looking('a')
    expect(await settle(db, owner, [settleRecord(entryId, 2 + shift, 'verifying')])).toEqual([])
    expect(await stateOf('a')).toBe('verifying')
  })

  it('nothing in a state that it did not expect', async () => {
    const entryId = await looking('a')
    expect(await recordCalls(db, OWNER, [callRecord(entryId, 2)])).toEqual(new Set())
    expect(await settle(db, OWNER, [settleRecord(entryId, 2, 'calling')])).toEqual([])
    expect(await stateOf('a')).toBe('verifying')
  })

  it('nothing after the entry has settled', async () => {
    const entryId = await looking('a')
    expect(await settle(db, OWNER, [settleRecord(entryId, 2, 'verifying')])).toMatchObject([{ entry_id: entryId }])
    expect(await settle(db, OWNER, [settleRecord(entryId, 2, 'verifying')])).toEqual([])
    expect(await recordLooks(db, OWNER, [lookRecord(entryId, 2)])).toEqual(new Set())
    expect(await liveRow(entryId)).toBeUndefined()
  })

  it('nor a receipt of the look that followed the call', async () => {
    const entryId = await calling('a')
    const sighting = { verdict: 'present', evidence: '{"status":200}', durationMs: 1 }
    const seen = { ...settleRecord(entryId, 1, 'calling'), state: 'done', look: sighting } as const
    expect(await settle(db, OWNER, [{ ...seen, fence: 2 }])).toEqual([])
    expect(await attempts(entryId)).toEqual([])
    expect(await settle(db, OWNER, [seen])).toMatchObject([{ entry_id: entryId, attempts: 1 }])
    expect(await attempts(entryId)).toMatchObject([
      { fence: 1, kind: 'call', result: 'success', cause: 'http_201' },
      { fence: 2, kind: 'look', result: 'present' },
    ])
    const { rows } = await db.pool.query(
      'select state, verdict, fence, observed_at is not null as observed from readback.settlement',
    )
    expect(rows).toEqual([{ state: 'done', verdict: 'present', fence: 2, observed: true }])
  })

  it('and the others of its batch are written all the same', async () => {
    const [lost, held] = [await calling('a'), await calling('b')]
    const written = await recordCalls(db, OWNER, [callRecord(lost, 7), callRecord(held, 1)])
    expect(written).toEqual(new Set([held]))
    expect([await stateOf('a'), await stateOf('b')]).toEqual(['calling', 'verifying'])
  })
})

describe('looks', () => {
  it('are claimed once, each with a new fence', async () => {
    const entryId = await commit('a')
    await called(entryId, 'side_effect_unknown', { to: 'unknown', dueInMs: 0 })
    const claimed = await Promise.all([look(entryId), look(entryId, randomUUID()), look(entryId, randomUUID())])
    expect(claimed.flat()).toMatchObject([{ fence: 2, attempts: 1, last_outcome: 'side_effect_unknown' }])
  })

  it('are not claimed before they are due, nor of what is called, waits or needs a person', async () => {
    const early = await commit('a')
    await called(early, 'success', { to: 'verifying', dueInMs: 60_000 })
    const waiting = await commit('b')
    await called(waiting, 'retryable_failure', { to: 'scheduled', dueInMs: 0, reason: 'backoff' })
    const dead = await commit('c')
    await called(dead, 'validation_failure', { to: 'dead', cause: 'http_400' })
    const entryIds = [early, waiting, dead, await calling('d'), await commit('e'), randomUUID()]
    expect(await claimForLook(db, { owner: OWNER, leaseMs: 1_000, entryIds })).toEqual([])
  })

  it('remember what was seen right after the call', async () => {
    const entryId = await commit('a')
    await claim(entryId)
    await recordCalls(db, OWNER, [{ ...callRecord(entryId, 1), seen: true }])
    expect(await liveRow(entryId)).toMatchObject({ seen_present: true })
    await look(entryId)
    await recordLooks(db, OWNER, [lookRecord(entryId, 2, { verdict: 'absent' })])
    expect(await liveRow(entryId)).toMatchObject({ absences: 1, seen_present: true })
  })

  it('count absences in a row, which a failed look neither adds to nor ends', async () => {
    const entryId = await looking('a')
    const counts = async (verdict: LookRecord['verdict']) => {
      const { fence } = await liveRow(entryId)
      await recordLooks(db, OWNER, [lookRecord(entryId, fence, { verdict })])
      await look(entryId)
      const { absences, misses, seen_present } = await liveRow(entryId)
      return [absences, misses, seen_present]
    }
    expect(await counts('absent')).toEqual([1, 0, false])
    expect(await counts('inconclusive')).toEqual([1, 1, false])
    expect(await counts('absent')).toEqual([2, 0, false])
    expect(await counts('pending')).toEqual([0, 0, true])
    expect(await counts('absent')).toEqual([1, 0, true])
  })
})

/** Whether no call of the one entry can be under way from this moment on, and not before. */
async function isQuietFrom(at: string): Promise<boolean> {
  const { rows } = await db.pool.query('select quiet_from = $1::timestamptz as it_is from readback.delivery', [at])
  return rows[0].it_is
}

describe('a lease that runs out', () => {
  it('makes a call an unknown outcome, and says so in the log', async () => {
    const entryId = await calling('a')
    await db.pool.query("update readback.delivery set lease_until = now() - interval '1 ms'")
    expect(await expireLeases(db, 10)).toEqual({ calls: 1, looks: 0 })
    expect(await liveRow(entryId)).toMatchObject({
      state: 'unknown',
      last_outcome: 'side_effect_unknown',
      lease_owner: null,
      attempts: 1,
    })
    expect(await attempts(entryId)).toEqual([
      { fence: 1, kind: 'call', result: 'side_effect_unknown', cause: 'lease_expired' },
    ])
    expect(await claim(entryId)).toEqual([])
    expect(await recordCalls(db, OWNER, [callRecord(entryId, 1)])).toEqual(new Set())
    expect(await look(entryId)).toMatchObject([{ fence: 2 }])
  })

  it('counts the call as under way until then: it may have begun long after its claim', async () => {
    await calling('a')
    const { rows } = await db.pool.query(
      `update readback.delivery set quiet_from = now() - interval '50 s', lease_until = now() - interval '1 s'
       returning lease_until::text`,
    )
    await expireLeases(db, 10)
    expect(await isQuietFrom(rows[0].lease_until)).toBe(true)
  })

  it('makes a look due again, and says so in the log', async () => {
    const entryId = await looking('a')
    await db.pool.query('update readback.delivery set lease_until = now()')
    expect(await expireLeases(db, 10)).toEqual({ calls: 0, looks: 1 })
    expect(await liveRow(entryId)).toMatchObject({ state: 'unknown', lease_owner: null })
    expect((await attempts(entryId)).at(-1)).toEqual({
      fence: 2,
      kind: 'look',
      result: 'inconclusive',
      cause: 'lease_expired',
    })
    expect(await look(entryId)).toMatchObject([{ fence: 3 }])
  })

  it('counts against a look: one that ends every process which makes it is with a person at last', async () => {
    const entryId = await looking('a')
    await db.pool.query('update readback.delivery set lease_until = now()')
    await expireLeases(db, 10)
    expect(await liveRow(entryId)).toMatchObject({ misses: 1 })
    await look(entryId)
    await db.pool.query('update readback.delivery set lease_until = now(), misses = $1', [MISSES_MAX - 1])
    expect(await expireLeases(db, 10)).toEqual({ calls: 0, looks: 1 })
    expect(await liveRow(entryId)).toMatchObject({ state: 'dead', cause: 'inconclusive', due_at: null })
  })

  it('keeps what was accepted in verification', async () => {
    const entryId = await commit('a')
    await called(entryId, 'success', { to: 'verifying', dueInMs: 0 })
    await look(entryId)
    await db.pool.query('update readback.delivery set lease_until = now()')
    await expireLeases(db, 10)
    expect(await liveRow(entryId)).toMatchObject({ state: 'verifying', lease_owner: null, unknown_since: null })
  })

  it('is taken by exactly one of two relays, and leaves others what they hold', async () => {
    await claimAll(await Promise.all(['a', 'b', 'c', 'd'].map((key) => commit(key))))
    await db.pool.query(
      'update readback.delivery set lease_until = now() where entry_id in (select entry_id from readback.delivery limit 3)',
    )
    const expired = await Promise.all([expireLeases(db, 10), expireLeases(db, 10)])
    // They may share them out; none is taken twice, nor left.
    expect(expired.reduce((sum, { calls }) => sum + calls, 0)).toBe(3)
    expect((await db.pool.query('select from readback.attempt')).rows).toHaveLength(3)
    expect(await expireLeases(db, 10)).toEqual({ calls: 0, looks: 0 })
  })

  it('is ended in bounded steps', async () => {
    await claimAll(await Promise.all(['a', 'b', 'c'].map((key) => commit(key))))
    await db.pool.query('update readback.delivery set lease_until = now()')
    expect(await expireLeases(db, 2)).toMatchObject({ calls: 2 })
    expect(await expireLeases(db, 2)).toMatchObject({ calls: 1 })
  })
})

describe('a process', () => {
  const register = async () => {
    const id = randomUUID()
    await registerProcess(db, { id, role: 'worker', host: 'here' })
    return id
  }

  it('that is not seen any more loses its leases at once, and its id for ever', async () => {
    const [lost, alive] = [await register(), await register()]
    const [one, other] = [await commit('a'), await commit('b')]
    await claim(one, lost)
    await claim(other, alive)
    await db.pool.query("update readback.process set seen_at = now() - interval '6 s' where id = $1", [lost])
    expect(await reapLostProcesses(db, 5_000)).toBe(1)
    expect(await expireLeases(db, 10)).toEqual({ calls: 1, looks: 0 })
    expect([await stateOf('a'), await stateOf('b')]).toEqual(['unknown', 'calling'])
    expect([await touchProcess(db, lost), await touchProcess(db, alive)]).toEqual([null, expect.any(Number)])
    expect(await reapLostProcesses(db, 5_000)).toBe(0)
  })

  it('that is not seen any more may have begun a call until it was lost, whenever it had claimed it', async () => {
    const lost = await register()
    // With a time-out of a second.
    await claim(await commit('a'), lost)
    await db.pool.query(
      `update readback.delivery set quiet_from = quiet_from - interval '50 s', updated_at = updated_at - interval '50 s'`,
    )
    const { rows } = await db.pool.query(
      `update readback.process set seen_at = now() - interval '8 s' where id = $1 returning (seen_at + interval '6 s')::text as ended_at`,
      [lost],
    )
    await reapLostProcesses(db, 5_000)
    expect(await isQuietFrom(rows[0].ended_at)).toBe(true)
  })

  it('that leaves in order gives up what it still holds', async () => {
    const id = await register()
    await claim(await commit('a'), id)
    await leaveProcess(db, id)
    expect(await expireLeases(db, 10)).toMatchObject({ calls: 1 })
    expect(await touchProcess(db, id)).toBeNull()
  })
})
