import { randomUUID } from 'node:crypto'
import { waitFor } from '@readback/testing'
import { describe, expect, it, vi } from 'vitest'
import { books } from '../ask/books.ts'
import { cancelEntry } from '../operate/cancel-entry.ts'
import { enqueueIntent } from '../operate/enqueue-intent.ts'
import { settle } from '../record/settle.ts'
import {
  called,
  claim,
  claimAll,
  command,
  commit,
  db,
  dead,
  done,
  HOUR_MS,
  liveRow,
  OWNER,
  operator,
  stateOf,
  useEntries,
  wanted,
} from '../testing/entry-fixture.ts'
import { waitsForLock } from '../testing/waits-for-lock.ts'
import { claimFirstCalls } from './claim-first-calls.ts'
import { claimForCall } from './claim-for-call.ts'
import { postponeClaims } from './postpone-claims.ts'

useEntries()

const BACKOFF = { to: 'scheduled', reason: 'backoff' } as const
const ROLLBACK = async () => {
  throw new Error('the process ends here')
}

async function commitLater(key: string): Promise<string> {
  const notBefore = new Date(Date.now() + HOUR_MS).toISOString()
  const intent = { tenant: 'acme', effect: 'invoice.issue', key, payload: '{}', notBefore }
  return (await enqueueIntent(db, intent, false)).entry_id
}

describe('a claim', () => {
  it('makes the intention to call durable before it gives the entry out', async () => {
    const entryId = await commit('a')
    const [claimed] = await claim(entryId)
    expect(claimed).toMatchObject({
      fence: 1,
      tenant: 'acme',
      effect: 'invoice.issue',
      key: 'a',
      payload: '{}',
      attempts: 1,
    })
    expect(await liveRow(entryId)).toMatchObject({ state: 'calling', lease_owner: OWNER, attempts: 1 })
  })

  it('of an entry that is live is given to nobody else', async () => {
    const entryId = await commit('a')
    await claim(entryId)
    expect(await claim(entryId, randomUUID())).toEqual([])
    await called(await commit('b'), 'success', { to: 'verifying', dueInMs: 0 })
    await called(await commit('c'), 'side_effect_unknown', { to: 'unknown', dueInMs: 0 })
    const { rows } = await db.pool.query('select entry_id from readback.delivery')
    expect(await claimAll(rows.map((row) => row.entry_id))).toEqual([])
  })

  it('of what is due again raises fence and attempts, and starts its looks anew', async () => {
    const entryId = await commit('a')
    await called(entryId, 'retryable_failure', { ...BACKOFF, dueInMs: 0 })
    await db.pool.query('update readback.delivery set looks = 4, absences = 2, misses = 1')
    expect(await claim(entryId)).toMatchObject([{ fence: 2, attempts: 2 }])
    expect(await liveRow(entryId)).toMatchObject({ looks: 0, absences: 0, misses: 0, due_at: null, reason: null })
  })

  it('of what is not due yet gives nothing', async () => {
    const entryId = await commit('a')
    await called(entryId, 'retryable_failure', { ...BACKOFF, dueInMs: HOUR_MS })
    expect(await claim(entryId)).toEqual([])
    expect(await liveRow(entryId)).toMatchObject({ state: 'scheduled', fence: 1 })
  })

  it('of what was committed for later only puts it where it waits', async () => {
    const entryId = await commitLater('a')
    expect(await claim(entryId)).toEqual([])
    expect(await liveRow(entryId)).toMatchObject({ state: 'scheduled', reason: 'not_before', attempts: 0 })
  })

  it('of what has settled or needs a person gives nothing, and brings nothing back', async () => {
    const [settled, waiting] = [await done('a'), await dead('b')]
    expect(await claimAll([settled, waiting])).toEqual([])
    expect(await liveRow(settled)).toBeUndefined()
    expect(await stateOf('b')).toBe('dead')
  })

  it('of what was cancelled before its time brings nothing back either', async () => {
    const entryId = await commitLater('a')
    await cancelEntry(operator, command({ entryId }))
    expect(await claim(entryId)).toEqual([])
    expect(await liveRow(entryId)).toBeUndefined()
    expect(await books(operator)).toMatchObject({ settled: 1, live: 0, unaccounted: 0 })
  })

  it('of an entry that does not exist gives nothing', async () => {
    expect(await claimAll([randomUUID()])).toEqual([])
  })

  it('that is rolled back leaves nothing', async () => {
    const entryId = await commit('a')
    const request = { owner: OWNER, leaseMs: 1_000, entries: [wanted(entryId)] }
    await expect(claimForCall(db, request, ROLLBACK)).rejects.toThrow('the process ends here')
    expect(await liveRow(entryId)).toBeUndefined()
    expect(await claim(entryId)).toMatchObject([{ fence: 1, attempts: 1 }])
  })

  it('counts a call as under way for its time-out, or for the whole lease when another version was written', async () => {
    const [own, other] = [await commit('a'), await commit('b')]
    const entries = [wanted(own), { ...wanted(other), version: 2 }]
    await claimForCall(db, { owner: OWNER, leaseMs: 60_000, entries }, async (_, claimed) => claimed)
    const read = `select entry_id, extract(epoch from quiet_from - updated_at)::int as seconds from readback.delivery`
    const { rows } = await db.pool.query(read)
    expect(Object.fromEntries(rows.map((row) => [row.entry_id, row.seconds]))).toEqual({ [own]: 1, [other]: 60 })
  })

  it('ends its lease by the clock of the database, however wrong that of the worker is', async () => {
    const entryId = await commit('a')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR_MS })
    await claimAll([entryId]).finally(() => vi.useRealTimers())
    const read = `select lease_until between updated_at and updated_at + interval '1 minute' as soon from readback.delivery`
    expect((await db.pool.query(read)).rows).toEqual([{ soon: true }])
  })
})

/** Of entries that nothing bounds. */
const claimFirst = (entryIds: readonly string[], owner = OWNER, effect = 'invoice.issue') =>
  claimFirstCalls(db, { owner, leaseMs: 60_000, entries: entryIds.map((id) => ({ ...wanted(id), effect })) })

const WAYS = [
  ['with limits', claimAll],
  ['without', claimFirst],
] as const

describe('a claim of first calls', () => {
  it('gives what the other one gives, as durably', async () => {
    const [one, other] = [await commit('a'), await commit('a-other')]
    const [first] = await claimFirst([one])
    const [second] = await claim(other)
    const alike = ({ state, attempts, fence, lease_owner }: Record<string, unknown>) => ({
      state,
      attempts,
      fence,
      lease_owner,
    })
    expect([...Object.keys(first ?? {}), 'held']).toEqual(Object.keys(second ?? {}))
    expect(alike(await liveRow(one))).toEqual(alike(await liveRow(other)))
  })

  it('leaves out what is live, due again or settled, and what waits', async () => {
    const live = await commit('live')
    await claim(live)
    const due = await commit('due')
    await called(due, 'retryable_failure', { ...BACKOFF, dueInMs: 0 })
    const settled = await done('settled')
    const later = await commitLater('later')
    expect(await claimFirst([live, due, settled, later])).toEqual([])
    expect(await claim(due)).toMatchObject([{ attempts: 2 }])
    expect(await liveRow(later)).toBeUndefined()
    expect(await liveRow(settled)).toBeUndefined()
  })

  it('leaves alone an entry whose reference names another effect: nobody asked for the limits of its own', async () => {
    const entryId = await commit('a')
    expect(await claimFirst([entryId], OWNER, 'refund.pay')).toEqual([])
    expect(await liveRow(entryId)).toBeUndefined()
  })

  it.each([
    ['with limits', (ids: readonly string[]) => claimAll(ids)],
    ['without', (ids: readonly string[]) => claimFirst(ids)],
  ])('gives an entry once, in however many spellings its id is named: %s', async (_, claimBy) => {
    const [one, other] = [await commit('a'), await commit('b')]
    const given = await claimBy([one, one.toUpperCase(), other, one])
    expect(given.map((row) => row.entry_id).sort()).toEqual([one, other].sort())
  })

  it('that fails leaves nothing, and the next one succeeds', async () => {
    const entryId = await commit('a')
    await expect(claimFirst([entryId, 'no id'])).rejects.toThrow('invalid input syntax')
    expect(await liveRow(entryId)).toBeUndefined()
    expect(await claimFirst([entryId])).toMatchObject([{ fence: 1, attempts: 1 }])
  })
})

describe('claims that meet', () => {
  it.each(WAYS)('never give one entry to two, and never wait for each other for ever: %s', async (_, claimBy) => {
    const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => commit(`meet-${n}`)))
    const backwards = [...ids].reverse()
    const owners = Array.from({ length: 6 }, () => randomUUID())
    const claimed = await Promise.all(owners.map((owner, n) => claimBy(n % 2 === 0 ? ids : backwards, owner)))
    const given = claimed.flat().map((row) => row.entry_id)
    expect(given).toHaveLength(60)
    expect(new Set(given).size).toBe(60)
  })

  it('also not for what is due again', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => commit(`again-${n}`)))
    for (const id of ids) await called(id, 'retryable_failure', { ...BACKOFF, dueInMs: 0 })
    const owners = Array.from({ length: 6 }, () => randomUUID())
    const claimed = await Promise.all(owners.map((owner, n) => claimAll(n % 2 === 0 ? ids : [...ids].reverse(), owner)))
    expect(new Set(claimed.flat().map((row) => row.entry_id)).size).toBe(claimed.flat().length)
    const { rows } = await db.pool.query("select count(*) from readback.delivery where state = 'calling' and fence = 2")
    expect(rows[0].count).toBe(claimed.flat().length)
  })

  it.each(WAYS)(
    'do not bring an entry back to life whose settlement commits while they wait: %s',
    async (_, claimBy) => {
      const entryId = await commit('a')
      const [claimed] = await claim(entryId)
      const settling = await db.pool.connect()
      await settling.query('begin')
      const [ended] = await settle(
        { ...db, pool: Object.assign(Object.create(db.pool), { query: settling.query.bind(settling) }) },
        OWNER,
        [
          {
            entryId,
            fence: claimed?.fence ?? 0,
            from: 'calling',
            state: 'acknowledged',
            call: { outcome: 'success', cause: 'http_200', evidence: '{}', durationMs: 1 },
            look: null,
            externalId: null,
            contractVersion: 1,
            committedAt: claimed?.created_at ?? '',
          },
        ],
      )
      expect(ended?.entry_id).toBe(entryId)
      const duplicate = claimBy([entryId], randomUUID())
      await waitFor('the duplicate to wait', () => waitsForLock(db), { withinMs: 5_000 })
      await settling.query('commit')
      settling.release()
      expect(await duplicate).toEqual([])
      expect(await liveRow(entryId)).toBeUndefined()
      expect(await stateOf('a')).toBe('acknowledged')
    },
  )
})

describe('a claim that is given back', () => {
  it('uses up no attempt, and a later claim has another fence', async () => {
    const entryId = await commit('a')
    const [claimed] = await claim(entryId)
    await postponeClaims(db.pool, [{ entryId, fence: claimed?.fence ?? 0, ms: 0, reason: 'rate_limit' }])
    expect(await liveRow(entryId)).toMatchObject({
      state: 'scheduled',
      reason: 'rate_limit',
      attempts: 0,
      first_called_at: null,
    })
    expect(await claim(entryId)).toMatchObject([{ fence: 2, attempts: 1 }])
  })

  it('keeps the age of a key that a call has used before', async () => {
    const entryId = await commit('a')
    await called(entryId, 'retryable_failure', { ...BACKOFF, dueInMs: 0 })
    const { first_called_at: before } = await liveRow(entryId)
    const [claimed] = await claim(entryId)
    await postponeClaims(db.pool, [{ entryId, fence: claimed?.fence ?? 0, ms: HOUR_MS, reason: 'concurrency' }])
    expect(await liveRow(entryId)).toMatchObject({ first_called_at: before, attempts: 1 })
    expect(await claim(entryId)).toEqual([])
  })

  it('stays with its new owner when the old one gives it back late', async () => {
    const entryId = await commit('a')
    const [first] = await claim(entryId)
    await postponeClaims(db.pool, [{ entryId, fence: first?.fence ?? 0, ms: 0, reason: 'rate_limit' }])
    const owner = randomUUID()
    await claim(entryId, owner)
    expect(await postponeClaims(db.pool, [{ entryId, fence: first?.fence ?? 0, ms: 0, reason: 'rate_limit' }])).toEqual(
      [],
    )
    expect(await liveRow(entryId)).toMatchObject({ state: 'calling', lease_owner: owner })
  })
})
