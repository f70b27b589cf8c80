import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@readback/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fakeIo } from '../framework/fake-io.ts'
import { runCli } from '../framework/run-cli.ts'
import { COMMANDS } from './index.ts'

const contract = (effect: string, rollback: string) => `effect: ${effect}
version: 1
payload: { type: object, required: [name], properties: { name: { type: string } } }
call: { method: POST, url: "https://shop.example/v1/${effect}", body: { json: "\${payload}" }, timeout: 5s, external_id: /id }
provider: { key: { in: header, at: Idempotency-Key, lifetime: 30d }, repeat: same_answer }
verify:
  keep: { receipt: /receipt }
  by_key: { read: { url: "https://shop.example/v1/${effect}?key=\${key}" }, items: /data, where: { /key: "\${key}" } }
  present: { match: { /name: "\${payload./name}" } }
  canary: { url: https://shop.example/v1/account }
on_unknown: reconcile
rollback: ${rollback}
`

const undoneBy = (effect: string, name: string) =>
  `{ strategy: compensate, effect: ${effect}, payload: { name: "${name}" } }`

const CONTRACTS = {
  'order.place': undoneBy('order.cancel', '${external_id}'),
  'order.cancel': '{ strategy: manual_only }',
  'card.charge': undoneBy('card.refund', '${keep.receipt}'),
  'card.refund': '{ strategy: none }',
  'note.add': undoneBy('note.remove', '${payload./name}'),
  'note.remove': '{ strategy: none }',
  'parcel.send': '{ strategy: manual_only }',
  'mail.send': '{ strategy: none }',
  'thing.make': '{ strategy: compensate, effect: thing.unmake, payload: { wrong: 1 } }',
  'thing.unmake': '{ strategy: none }',
}

let database: TestDatabase
let folder: string
let sql: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  folder = mkdtempSync(join(tmpdir(), 'readback-compensate-'))
  sql = new pg.Client(database.url)
  await sql.connect()
  for (const [effect, rollback] of Object.entries(CONTRACTS)) {
    writeFileSync(join(folder, `${effect}.yaml`), contract(effect, rollback))
  }
  await readback('contracts', 'deploy')
})

beforeEach(async () => {
  for (const table of ['settlement', 'delivery', 'outbox', 'effect_key'])
    await sql.query(`delete from readback.${table}`)
})

afterAll(async () => {
  await sql.end()
  await database.drop()
  rmSync(folder, { recursive: true })
})

async function readback(...args: string[]) {
  const env = { DATABASE_URL: database.url, READBACK_ACTOR: 'ada', READBACK_CONTRACTS: folder }
  const { io, told } = fakeIo({ env })
  const exitCode = await runCli([...args, '--json'], io, COMMANDS)
  return { exitCode, ...JSON.parse(told.out) }
}

const compensate = (...args: string[]) => readback('compensate', ...args, '--reason', 'customer left')
const compensateAll = (...args: string[]) => compensate('--workflow', 'w', '--tenant', 'acme', '--yes', ...args)
const status = (...args: string[]) => readback('status', '--tenant', 'acme', ...args)

async function enqueue(effect: string, key = 'k'): Promise<string> {
  const { rows } = await sql.query(
    `select entry_id from readback.enqueue('acme', $1, $2, '{"name": "n"}', workflow => 'w')`,
    [effect, key],
  )
  return rows[0].entry_id
}

/** As the roles leave an entry that has ended so. */
async function settled(effect: string, state = 'done', key = 'k'): Promise<string> {
  const entryId = await enqueue(effect, key)
  await sql.query(
    `insert into readback.settlement (entry_id, tenant, effect, state, verdict, external_id, contract_version, attempts, fence, committed_at,
       observed_at, kept)
     select entry_id, tenant, effect, $2, v.verdict, 'id-' || key, 1, 1, 2, created_at, case when v.verdict is not null then now() end,
       case when v.verdict is not null then '{"receipt": "r-1"}'::json end
     from readback.outbox, (select case when $2 = 'done' then 'present' end) v (verdict)
     where entry_id = $1`,
    [entryId, state],
  )
  return entryId
}

async function live(effect: string, state: string, cause: string | null = null, key = 'k'): Promise<string> {
  const entryId = await enqueue(effect, key)
  await sql.query(
    `insert into readback.delivery (entry_id, shard, tenant, effect, state, cause, reason, due_at, lease_owner, lease_until, unknown_since,
       attempts, first_called_at, external_id, retry_from)
     select entry_id, shard, tenant, effect, $2, $3, case when $2 = 'scheduled' then 'not_before' end,
       case when $2 in ('scheduled', 'unknown', 'verifying') then now() end,
       case when $2 = 'calling' then gen_random_uuid() end, case when $2 = 'calling' then now() end,
       case when $2 = 'unknown' then now() end, 1, case when $2 <> 'scheduled' then now() end, 'id-' || key, now()
     from readback.outbox where entry_id = $1`,
    [entryId, state, cause],
  )
  return entryId
}

const outbox = async (entryId: string) =>
  (
    await sql.query('select effect, key, payload, compensates, after from readback.outbox where entry_id = $1', [
      entryId,
    ])
  ).rows[0]

describe('compensating one entry', () => {
  it.each([
    ['order.place', 'done', 'order.cancel', 'id-k'],
    ['card.charge', 'done', 'card.refund', 'r-1'],
    ['note.add', 'done', 'note.remove', 'n'],
    ['note.add', 'acknowledged', 'note.remove', 'n'],
  ])('undoes %s, which is %s, by %s', async (effect, state, undoing, name) => {
    const entryId = await settled(effect, state)
    const answer = await compensate(entryId)
    expect(answer).toMatchObject({ ok: true, effect: 'created', exitCode: 0, data: { undo: 1 } })
    expect(await outbox(answer.data.undone[0].compensated_by)).toMatchObject({
      effect: undoing,
      key: `undo/${effect}/k`,
      payload: { name },
      compensates: entryId,
    })
  })

  it('changes nothing the second time, and names the first', async () => {
    const entryId = await settled('order.place')
    const first = await compensate(entryId)
    const again = await readback('compensate', entryId, '--reason', 'once more')
    expect(again).toMatchObject({ ok: true, effect: 'noop', exitCode: 0, data: { why: 'already_compensated' } })
    expect(again.data.compensated_by).toBe(first.data.undone[0].compensated_by)
  })

  it('only says so in a dry run', async () => {
    const entryId = await settled('order.place')
    expect(await compensate(entryId, '--dry-run')).toMatchObject({ effect: 'would_create', exitCode: 0 })
    expect((await sql.query('select from readback.outbox')).rows).toHaveLength(1)
  })

  it.each<[string, string, () => Promise<string>]>([
    ['rollback_manual_only', 'undo it (id-k is known)', () => settled('parcel.send')],
    ['rollback_none', 'done outside', () => settled('mail.send')],
    ['receipt_missing', 'never read back', () => settled('order.place', 'acknowledged')],
    ['compensation_unmakeable', "must have required property 'name'", () => settled('thing.make')],
    ['duplicate_at_provider', 'undo the surplus', () => live('order.place', 'dead', 'duplicate_at_provider')],
    ['outcome_unclear', 'replay it', () => live('order.place', 'dead', 'unknown_outcome')],
    ['under_way', 'wait until', () => live('order.place', 'calling')],
    ['under_way', 'wait until', () => live('order.place', 'verifying')],
    ['not_called', 'it can be cancelled', () => live('order.place', 'scheduled')],
    ['not_called', 'it can be cancelled', () => enqueue('order.place')],
  ])('is refused with %s: %s', async (reason, sentence, make) => {
    const answer = await compensate(await make())
    expect(answer).toMatchObject({ ok: false, reason, exitCode: 1 })
    expect(answer.message).toContain(sentence)
  })

  it('has nothing to undo of what never happened', async () => {
    expect(await compensate(await settled('order.place', 'cancelled'))).toMatchObject({
      effect: 'noop',
      exitCode: 0,
      data: { why: 'never_happened' },
    })
  })

  it('leaves to a person what had a compensation that was cancelled', async () => {
    const entryId = await settled('order.place')
    const { data } = await compensate(entryId)
    await readback('cancel', data.undone[0].compensated_by, '--reason', 'wait')
    expect(await compensate(entryId)).toMatchObject({ ok: false, reason: 'compensation_ended' })
  })
})

describe('compensating a workflow', () => {
  it('undoes it from its end, each behind the one before, and is done with it', async () => {
    await settled('order.place')
    await settled('card.charge')
    await settled('note.add')
    const answer = await compensateAll()
    expect(answer).toMatchObject({ effect: 'created', exitCode: 0, data: { undo: 3, by_hand: 0 } })
    const undone: { compensated_by: string; effect_name: string }[] = answer.data.undone
    expect(undone.map(({ effect_name }) => effect_name)).toEqual(['note.remove', 'card.refund', 'order.cancel'])
    const waits: unknown[] = []
    for (const { compensated_by } of undone) waits.push((await outbox(compensated_by)).after)
    expect(waits).toEqual([null, [undone[0]?.compensated_by], [undone[1]?.compensated_by]])
    expect(await compensateAll()).toMatchObject({ effect: 'noop', exitCode: 0, data: { nothing: 3 } })
  })

  it('undoes what it can, leaves the rest to a person, and says which', async () => {
    await settled('order.place')
    await settled('parcel.send')
    await live('card.charge', 'dead', 'http_402')
    await settled('mail.send')
    const answer = await compensateAll('--idempotency-key', 'monday')
    expect(answer).toMatchObject({ effect: 'created', exitCode: 5, data: { undo: 1, by_hand: 2, impossible: 1 } })
    const entries: { effect_name: string; why: string | null }[] = answer.data.entries
    expect(entries.map(({ effect_name, why }) => [effect_name, why])).toEqual([
      ['mail.send', 'rollback_none'],
      ['card.charge', 'outcome_unclear'],
      ['parcel.send', 'rollback_manual_only'],
      ['order.place', null],
    ])
    expect(await compensateAll('--idempotency-key', 'monday')).toMatchObject({ effect: 'noop', exitCode: 0 })
  })

  it('is not done, and not told to be, where all is left to a person', async () => {
    await settled('parcel.send')
    expect(await compensateAll()).toMatchObject({ effect: 'noop', exitCode: 5, data: { by_hand: 1 } })
  })

  it('waits for what is under way', async () => {
    await settled('order.place')
    await live('card.charge', 'unknown')
    expect(await compensateAll('--also-cancel')).toMatchObject({ ok: false, reason: 'under_way', data: { wait: 1 } })
  })

  it('cancels what was not called where it is told to, and not otherwise', async () => {
    await settled('order.place')
    const charge = await enqueue('card.charge')
    const refused = await compensateAll()
    expect(refused).toMatchObject({ ok: false, reason: 'under_way', data: { cancel: 1 } })
    expect(refused.hint).toContain('--also-cancel')
    expect(await compensateAll('--also-cancel')).toMatchObject({ effect: 'created', data: { cancelled: [charge] } })
    expect(await status('--workflow', 'w')).toMatchObject({ status: 'in_progress', counts: { cancelled: 1 } })
  })

  it('asks first', async () => {
    await settled('order.place')
    const answer = await compensate('--workflow', 'w', '--tenant', 'acme')
    expect(answer).toMatchObject({ ok: false, exitCode: 2 })
    expect((await sql.query('select from readback.outbox')).rows).toHaveLength(1)
  })

  it('finds nothing to do in one that nobody has begun', async () => {
    expect(await compensateAll()).toMatchObject({ effect: 'noop', exitCode: 0, data: { entries: [] } })
  })
})

describe('asking', () => {
  it('tells a workflow, in order, with what holds each entry', async () => {
    const order = await live('order.place', 'dead', 'http_422')
    const { rows } = await sql.query(
      `select entry_id from readback.enqueue('acme', 'card.charge', 'k', '{"name": "n"}', workflow => 'w',
         after => '[{"effect": "order.place", "key": "k"}]')`,
    )
    const answer = await status('--workflow', 'w')
    expect(answer).toMatchObject({ exitCode: 0, status: 'needs_attention', counts: { total: 2 } })
    expect(answer.held).toMatchObject([
      { entry_id: rows[0].entry_id, held_by: [{ entry_id: order, cause: 'http_422' }] },
    ])
    const { io, told } = fakeIo({ env: { DATABASE_URL: database.url } })
    await runCli(['status', '--workflow', 'w', '--tenant', 'acme'], io, COMMANDS)
    expect(told.out).toContain('waits for order.place k (dead, http_422)')
  })

  it.each([
    ['status', ['status', '--tenant', 'acme']],
    ['status of an effect without a key', ['status', 'order.place', '--tenant', 'acme']],
    ['status of an entry and a workflow', ['status', 'order.place', 'k', '--workflow', 'w', '--tenant', 'acme']],
    ['compensate nothing', ['compensate', '--reason', 'r']],
    ['compensate a workflow of nobody', ['compensate', '--workflow', 'w', '--reason', 'r']],
    ['compensate an entry and a workflow', ['compensate', 'x', '--workflow', 'w', '--tenant', 'acme', '--reason', 'r']],
    ['compensate what is no id', ['compensate', 'x', '--reason', 'r']],
  ])('in a way that makes no sense is a usage error: %s', async (_, args) => {
    expect(await readback(...args)).toMatchObject({ ok: false, reason: 'USAGE', exitCode: 2 })
  })
})

describe('a contract that names what undoes it', () => {
  it('is refused where that has no contract, in its folder or beside the file', async () => {
    const own = mkdtempSync(join(folder, 'own-'))
    const file = join(own, 'a.yaml')
    writeFileSync(file, contract('order.place', CONTRACTS['order.place']))
    const refused = await readback('contracts', 'check', own)
    expect(refused).toMatchObject({ exitCode: 1, problems: [{ code: 'compensate_unknown_effect', file, line: 12 }] })
    expect(refused.problems[0].fix).toContain('a contract file for order.cancel')
    expect(await readback('contracts', 'deploy', own)).toMatchObject({ ok: false, reason: 'contract_invalid' })
    writeFileSync(join(own, 'b.yaml'), contract('order.cancel', '{ strategy: none }'))
    expect(await readback('contracts', 'check', own)).toMatchObject({ exitCode: 0 })
    expect(await readback('contracts', 'check', file)).toMatchObject({ exitCode: 0, contracts: [{ file }] })
  })
})
