import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { planReplay } from '../operate/plan-replay.ts'
import { runReplay } from '../operate/run-replay.ts'
import {
  called,
  claim,
  command,
  commit,
  db,
  dead,
  liveRow,
  OWNER,
  operator,
  useEntries,
} from '../testing/entry-fixture.ts'
import { claimForLook } from './claim-for-look.ts'
import { storePrepared } from './store-prepared.ts'

useEntries()

const LINK = '{"link":"https://up.example/1.10"}'

const prepared = (entryId: string, more: Partial<Parameters<typeof storePrepared>[1]> = {}) =>
  storePrepared(db, { owner: OWNER, entryId, fence: 1, values: LINK, ...more })

describe('what was prepared for a call', () => {
  it('comes with every later claim as it was written, for calls and for looks', async () => {
    const entryId = await commit('a')
    expect(await claim(entryId)).toMatchObject([{ prepared: null }])
    expect(await prepared(entryId)).toBe(true)
    await db.pool.query(
      "update readback.delivery set state = 'scheduled', due_at = now(), reason = 'backoff', lease_owner = null, lease_until = null",
    )
    expect(await claim(entryId)).toMatchObject([{ prepared: LINK, fence: 2 }])
    await db.pool.query(
      "update readback.delivery set state = 'verifying', due_at = now(), lease_owner = null, lease_until = null",
    )
    expect(await claimForLook(db, { owner: OWNER, leaseMs: 60_000, entryIds: [entryId] })).toMatchObject([
      { prepared: LINK },
    ])
  })

  it.each([
    ['another fence', { fence: 2 }],
    ['another owner', { owner: randomUUID() }],
    ['another entry', { entryId: randomUUID() }],
  ])('is not kept under %s', async (_, more) => {
    const entryId = await commit('a')
    await claim(entryId)
    expect(await prepared(entryId, more)).toBe(false)
    expect(await liveRow(entryId)).toMatchObject({ prepared: null })
  })

  it('is not kept once the call has ended', async () => {
    const entryId = await commit('a')
    await called(entryId, 'success', { to: 'verifying', dueInMs: 0 })
    expect(await prepared(entryId)).toBe(false)
  })

  it('stays as it is: the same again is no change, another is refused', async () => {
    const entryId = await commit('a')
    await claim(entryId)
    expect(await prepared(entryId)).toBe(true)
    expect(await prepared(entryId)).toBe(true)
    expect(await prepared(entryId, { values: '{"link":"other"}' })).toBe(false)
    expect(await liveRow(entryId)).toMatchObject({ prepared: JSON.parse(LINK) })
  })

  it('is an object', async () => {
    const entryId = await commit('a')
    await claim(entryId)
    await expect(prepared(entryId, { values: '[1]' })).rejects.toThrow('prepared_is_an_object')
  })

  it.each([
    ['may have happened', 'invoice.issue', 'side_effect_unknown', { link: 'https://up.example/1.10' }],
    ['never happened', 'mail.send', 'retryable_failure', null],
  ])('of what %s is kept or not when it is replayed', async (_, effect, outcome, left) => {
    const entryId = await dead('a', outcome, effect)
    await db.pool.query('update readback.delivery set prepared = $1', [LINK])
    const plan = await planReplay(operator, {})
    await runReplay(operator, command({ filter: {}, planHash: plan.plan_hash, dryRun: false }))
    expect(await liveRow(entryId)).toMatchObject({ prepared: left })
  })
})
