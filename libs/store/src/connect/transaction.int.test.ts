import { randomUUID } from 'node:crypto'
import { waitFor } from '@readback/testing'
import { describe, expect, it } from 'vitest'
import { claimForCall } from '../claim/claim-for-call.ts'
import { claimAll, commit, db, liveRow, OWNER, useEntries, wanted } from '../testing/entry-fixture.ts'
import { inTransaction } from './transaction.ts'

useEntries()

async function isConnected(pid: number): Promise<boolean> {
  return (await db.pool.query('select from pg_stat_activity where pid = $1', [pid])).rows.length > 0
}

describe('a transaction', () => {
  it('whose connection breaks between two statements fails, and the process lives on', async () => {
    const broken = inTransaction(db, async (client) => {
      const { rows } = await client.query('select pg_backend_pid() as pid')
      await db.pool.query('select pg_terminate_backend($1)', [rows[0].pid])
      await waitFor('the connection to be gone', async () => !(await isConnected(rows[0].pid)), { withinMs: 5_000 })
      await client.query('select 1')
    })
    await expect(broken).rejects.toThrow()
    expect(await inTransaction(db, async (client) => (await client.query('select 1 as one')).rows)).toEqual([
      { one: 1 },
    ])
  })

  it('of a process that falls silent is ended by the server, so that others get what it had claimed', async () => {
    const entryId = await commit('a')
    let wake = () => {}
    const silence = new Promise<void>((resolve) => {
      wake = resolve
    })
    const request = { owner: OWNER, leaseMs: 60_000, entries: [wanted(entryId)] }
    const silent = claimForCall(db, request, async (_, claimed) => {
      await silence
      return claimed
    })
    silent.catch(() => {})
    const other = randomUUID()
    await waitFor('the other one to have it', async () => (await claimAll([entryId], other)).length === 1, {
      withinMs: 20_000,
    })
    wake()
    await expect(silent).rejects.toThrow()
    expect(await liveRow(entryId)).toMatchObject({ state: 'calling', lease_owner: other })
  })
})
