import { waitFor } from '@readback/testing'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { claimForLook } from '../claim/claim-for-look.ts'
import { recordCalls } from '../record/record-calls.ts'
import { recordLooks } from '../record/record-looks.ts'
import { settle } from '../record/settle.ts'
import { attempts, called, claim, commit, db, OWNER, stateOf, useEntries } from '../testing/entry-fixture.ts'
import { isConnectionLost } from './repeat-if-lost.ts'

useEntries()

const SEEN = { cause: 'http_200', status: 200, externalId: null, evidence: '{}', durationMs: 1 }
const VERIFY = { to: 'verifying', dueInMs: 0 } as const

async function looking(entryId: string): Promise<void> {
  await called(entryId, 'success', VERIFY)
  await claimForLook(db, { owner: OWNER, leaseMs: 60_000, entryIds: [entryId] })
}

/** Holds the row, so that the write waits for it; then ends the write's session, and lets the row go. */
async function breakWhile(entryId: string, write: () => Promise<unknown>): Promise<unknown> {
  const holder = await db.pool.connect()
  await holder.query('begin')
  await holder.query('select from readback.delivery where entry_id = $1 for update', [entryId])
  const written = write()
  const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await waitFor('the write to wait', async () => (await db.pool.query(cut)).rows.length > 0, { withinMs: 5_000 })
  await holder.query('rollback')
  holder.release()
  return written
}

describe('a write whose connection breaks', () => {
  it('is repeated, when it says how a call ended', async () => {
    const entryId = await commit('a')
    await claim(entryId)
    const record = { ...SEEN, entryId, fence: 1, step: VERIFY, outcome: 'success', means: null, seen: false }
    expect(await breakWhile(entryId, () => recordCalls(db, OWNER, [record]))).toEqual(new Set([entryId]))
    expect(await stateOf('a')).toBe('verifying')
    expect(await attempts(entryId)).toHaveLength(1)
  })

  it('is repeated, when it says what a look saw', async () => {
    const entryId = await commit('a')
    await looking(entryId)
    const record = { ...SEEN, entryId, fence: 2, step: { to: 'unknown', dueInMs: 0 }, verdict: 'absent' } as const
    expect(await breakWhile(entryId, () => recordLooks(db, OWNER, [record]))).toEqual(new Set([entryId]))
    expect(await attempts(entryId)).toHaveLength(2)
  })

  it('is repeated, when it settles', async () => {
    const entryId = await commit('a')
    await looking(entryId)
    const entry = { entryId, fence: 2, from: 'verifying', state: 'done', contractVersion: 1 } as const
    const look = { verdict: 'present', evidence: '{}', durationMs: 5 }
    const record = { ...entry, call: null, look, externalId: null, committedAt: '2026-11-22T00:00:00Z' }
    expect(await breakWhile(entryId, () => settle(db, OWNER, [record]))).toMatchObject([{ entry_id: entryId }])
    expect(await stateOf('a')).toBe('done')
  })
})

describe('an error', () => {
  const fromServer = (code: string) => Object.assign(new pg.DatabaseError('no', 2, 'error'), { code })

  it.each(['08006', '53300', '57P01', '57P03', '25006'])('%s of the server is not about the statement', (code) => {
    expect(isConnectionLost(fromServer(code))).toBe(true)
  })

  it.each(['23514', '42501', '22P02', '40P01', '57014'])('%s of the server is about the statement', (code) => {
    expect(isConnectionLost(fromServer(code))).toBe(false)
  })

  it('that the server did not tell is one of the network', () => {
    expect(isConnectionLost(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toBe(true)
    expect(isConnectionLost(new Error('Connection terminated unexpectedly'))).toBe(true)
  })
})
