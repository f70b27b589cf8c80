import { describe, expect, it } from 'vitest'
import { called, claim, commit, db, useEntries } from '../testing/entry-fixture.ts'
import { overdueEntries } from './overdue-entries.ts'

useEntries()

const overdue = async (topic: 'deliver' | 'verify', limit = 10) =>
  (await overdueEntries(db, topic, limit)).map((row) => row.key)

const age = (entryId: string, seconds: number) =>
  db.pool.query(`update readback.delivery set due_at = now() - $2 * interval '1 s' where entry_id = $1`, [
    entryId,
    seconds,
  ])

async function waiting(key: string, seconds: number): Promise<string> {
  const entryId = await commit(key)
  await called(entryId, 'retryable_failure', { to: 'scheduled', dueInMs: 0, reason: 'backoff' })
  await age(entryId, seconds)
  return entryId
}

async function inDoubt(key: string, seconds: number): Promise<void> {
  const entryId = await commit(key)
  await called(entryId, 'side_effect_unknown', { to: 'unknown', dueInMs: 0 })
  await age(entryId, seconds)
}

describe('what is overdue', () => {
  it('is what became due long ago, the longest first, for the role that may take it', async () => {
    await waiting('call-4', 4)
    await waiting('call-9', 9)
    await waiting('call-1', 1)
    await inDoubt('look-5', 5)
    await inDoubt('look-2', 2)
    expect(await overdue('deliver')).toEqual(['call-9', 'call-4'])
    expect(await overdue('verify')).toEqual(['look-5'])
    expect(await overdue('deliver', 1)).toEqual(['call-9'])
  })

  it('is a whole reference, like the one that got stuck', async () => {
    const entryId = await waiting('whole', 5)
    expect(await overdueEntries(db, 'deliver')).toEqual([
      {
        entry_id: entryId,
        tenant: 'acme',
        effect: 'invoice.issue',
        key: 'whole',
        ordering_key: 'whole',
        traceparent: null,
        priority: 0,
      },
    ])
  })

  it('is neither what somebody holds, nor what is over, unless it is in doubt', async () => {
    await claim(await waiting('held', 5))
    await waiting('over', 5)
    await inDoubt('doubt', 5)
    await db.pool.query("update readback.delivery set expires_at = now() - interval '1 s' where due_at is not null")
    expect([await overdue('deliver'), await overdue('verify')]).toEqual([[], ['doubt']])
  })
})
