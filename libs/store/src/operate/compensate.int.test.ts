import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { effectStatus } from '../ask/effect-status.ts'
import { listAudit } from '../ask/list-audit.ts'
import {
  called,
  claim,
  command,
  commit,
  db,
  dead,
  done,
  look,
  named,
  operator,
  useEntries,
} from '../testing/entry-fixture.ts'
import { compensate } from './compensate.ts'
import { type CompensationTarget, compensationFacts } from './compensation-facts.ts'

useEntries()

const UNDO_EFFECT = 'mail.send'

const factsOf = async (target: CompensationTarget) => {
  const facts = await compensationFacts(operator.kysely, target)
  if (facts === 'too_many') throw new Error('expected few entries')
  return facts
}

const undoing = (entryId: string, key: string, waitsFor: string | null = null) => ({
  entryId,
  effect: UNDO_EFFECT,
  key: `undo/invoice.issue/${key}`,
  payload: '{"a": 1.50}',
  waitsFor,
})

type Orders = Partial<Parameters<typeof compensate>[1]>

/** Plans and runs at once, as the command does. */
async function run(target: CompensationTarget, orders: Orders = {}) {
  const { plan_hash: planHash } = await factsOf(target)
  return compensate(operator, command({ target, planHash, undo: [], cancel: [], ...orders }))
}

async function outboxOf(entryId: string) {
  const { rows } = await db.pool.query(
    'select tenant, effect, key, payload::text, workflow, compensates, after, actor from readback.outbox where entry_id = $1',
    [entryId],
  )
  return rows[0]
}

const inWorkflow = async (workflow: string, ...entryIds: string[]) => {
  await db.pool.query('update readback.outbox set workflow = $1 where entry_id = any ($2::uuid[])', [
    workflow,
    entryIds,
  ])
  return { tenant: 'acme', workflow }
}

describe('what a compensation is decided and made from', () => {
  it('is the entry with its receipt', async () => {
    const entryId = await done('a')
    expect((await factsOf({ entryId })).entries).toMatchObject([
      { key: 'a', state: 'done', called: true, external_id: 'inv-1', kept: '{"charge":"ch-1"}', payload: '{}' },
    ])
    expect((await factsOf({ entryId: randomUUID() })).entries).toEqual([])
  })

  it('is also what was prepared for its call', async () => {
    const entryId = await commit('a')
    await called(entryId, 'success', { to: 'verifying', dueInMs: 0 })
    await db.pool.query(`update readback.delivery set prepared = '{"draft": "d-1"}'`)
    await look(entryId)
    expect((await factsOf({ entryId })).entries).toMatchObject([{ state: 'done', prepared: '{"draft": "d-1"}' }])
  })

  it('tells what may have been called from what was not', async () => {
    const [pending, dying] = [await commit('a'), await dead('b')]
    const target = await inWorkflow('w', pending, dying)
    expect((await factsOf(target)).entries).toMatchObject([
      { key: 'a', state: 'pending', called: false },
      { key: 'b', state: 'dead', called: true, cause: 'side_effect_unknown' },
    ])
  })
})

describe('undoing one entry', () => {
  it('enqueues its compensation: of its tenant and workflow, and known as such', async () => {
    const entryId = await done('a')
    await inWorkflow('w', entryId)
    const answer = await run({ entryId }, { undo: [undoing(entryId, 'a')] })
    expect(answer).toMatchObject({ ok: true, effect: 'updated' })
    const compensatedBy = answer.ok ? answer.data.undone[0]?.compensated_by : undefined
    expect(await outboxOf(String(compensatedBy))).toEqual({
      tenant: 'acme',
      effect: UNDO_EFFECT,
      key: 'undo/invoice.issue/a',
      payload: '{"a": 1.50}',
      workflow: 'w',
      compensates: entryId,
      after: null,
      actor: 'ann',
    })
    expect((await listAudit(operator))[0]).toMatchObject({
      action: 'compensate',
      subject: { entries: [entryId, compensatedBy] },
      reason: 'provider is back',
    })
  })

  it('happens once, whatever key the command has', async () => {
    const entryId = await done('a')
    const first = await run({ entryId }, { undo: [undoing(entryId, 'a')] })
    const second = await run({ entryId }, { undo: [undoing(entryId, 'a')] })
    expect(second).toMatchObject({ ok: true, effect: 'noop' })
    expect(second.ok && second.data.undone).toEqual(first.ok && first.data.undone)
    const { rows } = await db.pool.query(`select from readback.audit_event where subject -> 'entries' ? $1`, [entryId])
    expect(rows).toHaveLength(1)
  })

  it('happens once of two commands that meet', async () => {
    const entryId = await done('a')
    const both = await Promise.all([1, 2].map(() => run({ entryId }, { undo: [undoing(entryId, 'a')] })))
    const effects = both.map((answer) => (answer.ok ? answer.effect : answer.reason))
    expect(effects.filter((effect) => effect === 'updated')).toHaveLength(1)
    const { rows } = await db.pool.query('select from readback.outbox where compensates = $1', [entryId])
    expect(rows).toHaveLength(1)
  })

  it('leaves nothing in a dry run', async () => {
    const entryId = await done('a')
    expect(await run({ entryId }, { undo: [undoing(entryId, 'a')], dryRun: true })).toMatchObject({ effect: 'updated' })
    expect((await factsOf({ entryId })).entries).toMatchObject([{ compensation: null }])
  })

  it('is refused where it has moved since it was planned', async () => {
    const entryId = await commit('a')
    const { plan_hash: planHash } = await factsOf({ entryId })
    await claim(entryId)
    const request = command({ target: { entryId }, planHash, undo: [], cancel: [entryId] })
    expect(await compensate(operator, request)).toMatchObject({ ok: false, reason: 'plan_stale' })
  })

  it.each([
    ['is under way', (key: string) => commit(key)],
    ['is dead', (key: string) => dead(key)],
  ])('is refused by the database itself where it %s', async (_, make) => {
    const entryId = await make('a')
    await expect(run({ entryId }, { undo: [undoing(entryId, 'a')] })).rejects.toMatchObject({ code: '55000' })
  })

  it('is refused where somebody has used its key for another intent', async () => {
    const entryId = await done('a')
    await db.pool.query(`select from readback.enqueue('acme', $1, 'undo/invoice.issue/a', '{"a": 1.50}')`, [
      UNDO_EFFECT,
    ])
    await expect(run({ entryId }, { undo: [undoing(entryId, 'a')] })).rejects.toMatchObject({ code: 'RB001' })
  })
})

describe('what is told of both ends', () => {
  it('is which one undoes which, when, and by whom', async () => {
    const entryId = await done('a')
    const answer = await run({ entryId }, { undo: [undoing(entryId, 'a')] })
    const undo = answer.ok ? answer.data.undone[0]?.compensated_by : ''
    const original = await effectStatus(operator, named('a'))
    expect(original).toMatchObject({ compensates: null, compensated_by: undo })
    expect(original.history.slice(-2)).toMatchObject([
      { what: 'compensated', by: undo, effect_name: UNDO_EFFECT, key: 'undo/invoice.issue/a' },
      { what: 'compensate', actor: 'ann', reason: 'provider is back' },
    ])
    const undone = await effectStatus(operator, named('undo/invoice.issue/a', UNDO_EFFECT))
    expect(undone).toMatchObject({ compensates: entryId, compensated_by: null })
    expect(undone.history[0]).toMatchObject({ what: 'committed', compensates: entryId })
  })
})

describe('undoing a workflow', () => {
  it('goes from its end to its beginning, each behind the one before', async () => {
    const [one, two] = [await done('one'), await done('two')]
    const target = await inWorkflow('w', one, two)
    const answer = await run(target, { undo: [undoing(two, 'two'), undoing(one, 'one', two)] })
    const [last, first] = answer.ok ? answer.data.undone.map((each) => each.compensated_by) : []
    expect([await outboxOf(String(last)), await outboxOf(String(first))]).toMatchObject([
      { compensates: two, after: null },
      { compensates: one, after: [last] },
    ])
  })

  it('goes on behind what an earlier run has begun', async () => {
    const [one, two] = [await done('one'), await done('two')]
    const target = await inWorkflow('w', one, two)
    const before = await run({ entryId: two }, { undo: [undoing(two, 'two')] })
    const answer = await run(target, { undo: [undoing(one, 'one', two)] })
    const ids = [before, answer].map((each) => each.ok && each.data.undone[0]?.compensated_by)
    expect(await outboxOf(String(ids[1]))).toMatchObject({ after: [ids[0]] })
  })

  it('cancels what was not called, in the same transaction', async () => {
    const [one, two, three] = [await done('one'), await commit('two'), await commit('three')]
    await called(three, 'retryable_failure', { to: 'scheduled', dueInMs: 0, reason: 'backoff' })
    const target = await inWorkflow('w', one, two, three)
    expect(await run(target, { undo: [undoing(one, 'one')], cancel: [two, three] })).toMatchObject({
      effect: 'updated',
    })
    expect((await factsOf(target)).entries.map(({ key, state }) => [key, state])).toEqual([
      ['one', 'done'],
      ['two', 'cancelled'],
      ['three', 'cancelled'],
      ['undo/invoice.issue/one', 'pending'],
    ])
  })
})
