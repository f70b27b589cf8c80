import { describe, expect, it } from 'vitest'
import { claim, commit, db, liveRow, useEntries } from './testing/entry-fixture.ts'

useEntries()

/** Brings a row that is being called into another shape. */
async function set(entryId: string, changes: string): Promise<void> {
  await db.pool.query(`update readback.delivery set ${changes} where entry_id = $1`, [entryId])
}

const NO_LEASE = 'lease_owner = null, lease_until = null'

describe('a live row', () => {
  it.each([
    ['waits for a call', `state = 'scheduled', ${NO_LEASE}, due_at = now(), reason = 'backoff'`],
    ['is held', `state = 'held', ${NO_LEASE}, reason = 'approval'`],
    ['is in doubt', `state = 'unknown', ${NO_LEASE}, due_at = now(), unknown_since = now()`],
    ['waits for a look', `state = 'verifying', ${NO_LEASE}, due_at = now()`],
    ['is looked at', `state = 'verifying'`],
    ['needs a person', `state = 'dead', ${NO_LEASE}, cause = 'mismatch'`],
  ])('may say that it %s', async (_, changes) => {
    const entryId = await commit('a')
    await claim(entryId)
    await set(entryId, changes)
    expect((await liveRow(entryId)).state).toBe(/'(\w+)'/.exec(changes)?.[1])
  })

  it.each([
    ['half a lease', 'lease_is_whole', 'lease_until = null'],
    ['a call without a lease', 'lease_by_state', NO_LEASE],
    ['a call that is also due', 'due_by_state', 'due_at = now()'],
    ['a lease while it waits', 'lease_by_state', `state = 'scheduled', due_at = now(), reason = 'backoff'`],
    ['waiting until never', 'due_by_state', `state = 'scheduled', ${NO_LEASE}, reason = 'backoff'`],
    ['waiting for no reason', 'reason_by_state', `state = 'scheduled', ${NO_LEASE}, due_at = now()`],
    ['a reason to wait while it is called', 'reason_by_state', `reason = 'backoff'`],
    ['being held and due', 'due_by_state', `state = 'held', ${NO_LEASE}, due_at = now(), reason = 'approval'`],
    ['a look that is held and due', 'due_by_state', `state = 'verifying', due_at = now()`],
    ['a look that is neither', 'due_by_state', `state = 'verifying', ${NO_LEASE}`],
    ['doubt since never', 'unknown_has_since', `state = 'unknown', ${NO_LEASE}, due_at = now()`],
    ['doubt that nobody will clear', 'due_by_state', `state = 'unknown', ${NO_LEASE}, unknown_since = now()`],
    ['death without a cause', 'cause_by_state', `state = 'dead', ${NO_LEASE}`],
    ['a cause without death', 'cause_by_state', `cause = 'mismatch'`],
    ['a state that nobody knows', 'delivery_state_check', `state = 'sleeping'`],
    ['being done', 'delivery_state_check', `state = 'done', ${NO_LEASE}`],
    ['an outcome that nobody knows', 'delivery_last_outcome_check', `last_outcome = 'maybe'`],
  ])('may not claim %s', async (_, constraint, changes) => {
    const entryId = await commit('a')
    await claim(entryId)
    await expect(set(entryId, changes)).rejects.toMatchObject({ constraint })
  })
})

describe('a settlement', () => {
  const settle = (state: string, verdict: string | null, observed: string) =>
    db.pool.query(
      `insert into readback.settlement (entry_id, tenant, effect, state, verdict, contract_version, attempts, fence, committed_at, observed_at)
       values (readback.new_entry_id(), 'acme', 'invoice.issue', $1, $2, 1, 1, 1, now(), ${observed})`,
      [state, verdict],
    )

  it.each([
    ['no look', null, 'null'],
    ['a look that saw nothing', 'absent', 'now()'],
    ['a look at no time', 'present', 'null'],
  ])('is never "done" by %s', async (_, verdict, observed) => {
    await expect(settle('done', verdict, observed)).rejects.toMatchObject({ constraint: 'done_was_seen' })
  })

  it('is "done" by a look that saw the effect, and is written once', async () => {
    await settle('done', 'present', 'now()')
    const again = 'insert into readback.settlement select * from readback.settlement limit 1'
    await expect(db.pool.query(again)).rejects.toMatchObject({ code: '23505' })
  })
})
