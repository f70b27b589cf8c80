import { describe, expect, it } from 'vitest'
import { compensate } from '../operate/compensate.ts'
import { compensationFacts } from '../operate/compensation-facts.ts'
import { called, claim, command, commit, db, dead, done, look, operator, useEntries } from '../testing/entry-fixture.ts'
import { workflowStatus } from './workflow-status.ts'

useEntries()

const W = { tenant: 'acme', workflow: 'order-7' }

/** Puts an entry into the workflow, behind others. */
async function member(entryId: string, ...after: string[]): Promise<string> {
  await db.pool.query('update readback.outbox set workflow = $2, after = $3 where entry_id = $1', [
    entryId,
    W.workflow,
    after.length > 0 ? after : null,
  ])
  return entryId
}

const asked = () => workflowStatus(operator, W)

async function undo(entryId: string, key: string): Promise<string> {
  const facts = await compensationFacts(operator.kysely, { entryId })
  if (facts === 'too_many') throw new Error('expected one entry')
  const order = { entryId, effect: 'invoice.issue', key: `undo/invoice.issue/${key}`, payload: '{}', waitsFor: null }
  const request = { target: { entryId }, planHash: facts.plan_hash, undo: [order], cancel: [] }
  const answer = await compensate(operator, command(request))
  return answer.ok ? String(answer.data.undone[0]?.compensated_by) : ''
}

const finish = async (entryId: string) => {
  await called(entryId, 'success', { to: 'verifying', dueInMs: 0 })
  await look(entryId)
}

describe('the status of a workflow', () => {
  it('is not_started, and empty, where nothing was committed under its name', async () => {
    await done('elsewhere')
    expect(await asked()).toEqual({
      ...W,
      status: 'not_started',
      counts: { total: 0, done: 0, acknowledged: 0, in_progress: 0, needs_attention: 0, cancelled: 0, undone: 0 },
      entries: [],
      left: [],
      held: [],
      omitted: 0,
    })
  })

  it('tells what has happened, what is left and what that waits for', async () => {
    const one = await member(await done('one'))
    const two = await member(await commit('two'), one)
    const three = await member(await commit('three'), one, two)
    const status = await asked()
    expect(status).toMatchObject({ status: 'in_progress', counts: { total: 3, done: 1, in_progress: 2 } })
    expect(status.entries).toMatchObject([
      { key: 'one', status: 'done', external_id: 'inv-1', after: [], held_by: [] },
      { key: 'two', state: 'pending', after: [{ key: 'one', entry_id: one }], held_by: [] },
      { key: 'three', after: [{ key: 'one' }, { key: 'two' }], held_by: [{ key: 'two', state: 'pending' }] },
    ])
    expect(status.left.map(({ key }) => key)).toEqual(['two', 'three'])
    expect(status.held).toEqual([
      {
        effect_name: 'invoice.issue',
        key: 'three',
        entry_id: three,
        held_by: [expect.objectContaining({ tenant: 'acme', key: 'two', entry_id: two, cause: null })],
      },
    ])
  })

  it('is needs_attention as soon as one of its entries is, and says what that holds', async () => {
    const one = await member(await dead('one'))
    await member(await commit('two'), one)
    const status = await asked()
    expect(status).toMatchObject({ status: 'needs_attention', counts: { needs_attention: 1, total: 2 } })
    expect(status.held).toMatchObject([
      { key: 'two', held_by: [{ key: 'one', state: 'dead', cause: 'side_effect_unknown' }] },
    ])
  })

  it('is done when all is', async () => {
    await member(await done('one'))
    await member(await done('two'))
    expect(await asked()).toMatchObject({ status: 'done', left: [], held: [] })
  })

  it('is acknowledged where some of it could not be seen', async () => {
    await member(await done('one'))
    await member(await done('two'))
    await db.pool.query(
      `update readback.settlement s set state = 'acknowledged', verdict = null, observed_at = null
       from readback.outbox o where o.entry_id = s.entry_id and o.key = 'two'`,
    )
    expect(await asked()).toMatchObject({ status: 'acknowledged', counts: { done: 1, acknowledged: 1 } })
  })

  it('is cancelled where it has ended without all of its effects', async () => {
    await member(await done('one'))
    const two = await member(await commit('two'))
    const facts = await compensationFacts(operator.kysely, { entryId: two })
    if (facts === 'too_many') throw new Error('expected one entry')
    const request = { target: { entryId: two }, planHash: facts.plan_hash, undo: [], cancel: [two] }
    await compensate(operator, command(request))
    expect(await asked()).toMatchObject({ status: 'cancelled', counts: { done: 1, cancelled: 1 } })
  })

  it('goes from done to in_progress to cancelled while it is undone', async () => {
    const one = await member(await done('one'))
    const undoing = await undo(one, 'one')
    expect(await asked()).toMatchObject({
      status: 'in_progress',
      counts: { total: 2, undone: 0 },
      entries: [
        { key: 'one', compensated_by: undoing },
        { key: 'undo/invoice.issue/one', compensates: one },
      ],
    })
    await finish(undoing)
    expect(await asked()).toMatchObject({ status: 'cancelled', counts: { done: 2, undone: 1 }, left: [] })
  })

  it('is that of one tenant', async () => {
    await member(await done('one'))
    expect(await workflowStatus(operator, { ...W, tenant: 'other' })).toMatchObject({ status: 'not_started' })
  })

  it('tells the earlier entry that an order makes one wait for', async () => {
    const [one, two] = [await member(await commit('one')), await member(await commit('two'))]
    await db.pool.query(`update readback.outbox set ordered = true, ordering_key = 'k'`)
    await db.pool.query(
      `insert into readback.ordering_queue select entry_id, tenant, ordering_key, position from readback.outbox`,
    )
    await claim(one)
    await claim(two)
    expect((await asked()).held).toMatchObject([{ entry_id: two, held_by: [{ key: 'one', state: 'calling' }] }])
    await db.pool.query('delete from readback.ordering_queue')
  })
})
