import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestDatabase, startProcess, type TestDatabase, waitFor } from '@readback/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS } from './commands/index.ts'
import { fakeIo } from './framework/fake-io.ts'
import { runCli } from './framework/run-cli.ts'

const READBACK = fileURLToPath(new URL('../bin/readback.js', import.meta.url))

const CONTRACT = `effect: mail.send
version: 1
description: Sends one mail.
risk: low
payload: { type: object, required: [to], properties: { to: { type: string } } }
key: { from: [/to], retention: 30d }
call: { method: POST, url: "https://mail.example/v1/mails", body: { json: "\${payload}" }, timeout: 5s, external_id: /id }
provider: { key: { in: header, at: Idempotency-Key, lifetime: 24h }, repeat: same_answer, max_execution_delay: 0s }
verify: { none: "the provider offers no way to look", ends: acknowledged }
retry: { max_attempts: 3, backoff: { first: 1s, cap: 1m }, deadline: 1h }
on_unknown: human
rollback: { strategy: none }
`

let database: TestDatabase
let folder: string
let sql: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  folder = mkdtempSync(join(tmpdir(), 'readback-cli-'))
  sql = new pg.Client(database.url)
  await sql.connect()
  writeFileSync(join(folder, 'mail.yaml'), CONTRACT)
  await readback('contracts', 'deploy')
})

afterAll(async () => {
  await sql.end()
  await database.drop()
  rmSync(folder, { recursive: true })
})

const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env.PATH,
  DATABASE_URL: database.url,
  READBACK_ACTOR: 'ada',
  READBACK_CONTRACTS: folder,
  ...more,
})

async function readback(...args: string[]) {
  const { io, told } = fakeIo({ env: environment() })
  const exitCode = await runCli(args, io, COMMANDS)
  return { exitCode, ...told }
}

async function json(...args: string[]) {
  const { exitCode, out } = await readback(...args, '--json')
  return { exitCode, ...JSON.parse(out) }
}

const enqueue = (key: string, to: string, ...more: string[]) =>
  json('enqueue', 'mail.send', key, '--tenant', 'acme', '--payload', JSON.stringify({ to }), ...more)

const status = (key: string) => json('status', 'mail.send', key, '--tenant', 'acme')

/** As a worker leaves it that got an answer which no retry can mend. */
async function kill(key: string) {
  await sql.query(
    `insert into readback.delivery (entry_id, shard, tenant, effect, state, cause, attempts, last_outcome, retry_from)
     select entry_id, shard, tenant, effect, 'dead', 'http_422', 1, 'validation_failure', now() from readback.outbox where key = $1`,
    [key],
  )
}

describe('enqueueing by hand', () => {
  it('creates once, and after that changes nothing', async () => {
    expect(await enqueue('once', 'a@example.com')).toMatchObject({ ok: true, effect: 'created', exitCode: 0 })
    expect(await enqueue('once', 'a@example.com')).toMatchObject({ ok: true, effect: 'noop', exitCode: 0 })
  })

  it('stores nothing in a dry run', async () => {
    expect(await enqueue('dry', 'a@example.com', '--dry-run')).toMatchObject({ ok: true, effect: 'would_create' })
    expect(await status('dry')).toMatchObject({ status: 'not_started', entry_id: null, history: [], exitCode: 0 })
  })

  it('refuses a key that is taken by another payload', async () => {
    await enqueue('taken', 'a@example.com')
    expect(await enqueue('taken', 'b@example.com')).toMatchObject({ ok: false, reason: 'key_conflict', exitCode: 1 })
  })

  it('refuses a key that the provider cannot take, before there is an entry', async () => {
    const refused = { ok: false, reason: 'key_does_not_fit', exitCode: 2 }
    expect(await enqueue('zu früh', 'a@example.com')).toMatchObject(refused)
    expect(await enqueue('zu früh', 'a@example.com', '--dry-run')).toMatchObject(refused)
    expect(await status('zu früh')).toMatchObject({ status: 'not_started' })
  })
})

describe('a key that looks as if it did not name an intent', () => {
  it('is taken, with a warning that says what may happen', async () => {
    const by = (key: string) => readback('enqueue', 'mail.send', key, '--tenant', 'acme', '--payload', '{"to":"a@b.c"}')
    const { exitCode, err } = await by('welcome-retry-2')
    expect(exitCode).toBe(0)
    expect(err).toMatch(/warning: the key counts tries: .* \[counts_tries\]/)
    expect((await by('cust-7')).err).not.toContain('warning')
  })
})

describe('the doctor', () => {
  it('counts every entry, and tells of rows that somebody deleted', async () => {
    const books = async () => (await json('doctor')).checks.find(({ check }: { check: string }) => check === 'books')
    expect(await books()).toMatchObject({ result: 'ok', detail: expect.stringContaining('all accounted for') })
    const page = `insert into readback.book_page (since, upto, committed, settled, closed_at)
      values ('00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000009', 2, 2, now())`
    await sql.query(page)
    expect(await books()).toMatchObject({ result: 'failed', detail: expect.stringContaining('4 rows are missing') })
    await sql.query('delete from readback.book_page')
  })
})

describe('a role that is to keep less than its contracts promise', () => {
  it('does not start, and says which contract forbids it', async () => {
    const { io, told } = fakeIo({ env: environment({ READBACK_RETENTION: '7d', PORT: '0' }) })
    expect(await runCli(['all'], io, COMMANDS)).not.toBe(0)
    expect(told.err).toContain(
      'READBACK_RETENTION: expected at least 30d, because mail.send version 1 remembers its keys for 30d and their receipts must be there for as long, got 7d',
    )
  })
})

describe('asking for an intent', () => {
  it('tells from the key alone what has happened and what comes next', async () => {
    const { data } = await enqueue('asked', 'a@example.com')
    expect(await status('asked')).toMatchObject({
      tenant: 'acme',
      effect_name: 'mail.send',
      key: 'asked',
      status: 'in_progress',
      state: 'pending',
      entry_id: data.entry_id,
      history: [{ what: 'committed', actor: 'ada' }],
      next: { what: 'call' },
    })
  })
})

describe('replaying dead entries', () => {
  it('shows the plan without touching anything', async () => {
    await enqueue('planned', 'a@example.com')
    await kill('planned')
    const plan = await json('dead', 'replay', '--filter', 'key~planned', '--reason', 'address mended', '--dry-run')
    expect(plan).toMatchObject({ ok: true, effect: 'would_update', data: { total: 1, send: 1 } })
    expect(await status('planned')).toMatchObject({ status: 'needs_attention', cause: 'http_422' })
  })

  it('acts once under one key, and leaves who and why in the audit', async () => {
    await enqueue('replayed', 'a@example.com')
    await kill('replayed')
    const replay = ['dead', 'replay', '--filter', 'key~replayed', '--reason', 'address mended', '--yes']
    expect(await json(...replay, '--idempotency-key', 'k-1')).toMatchObject({ effect: 'updated', exitCode: 0 })
    expect(await json(...replay, '--idempotency-key', 'k-1')).toMatchObject({ effect: 'noop', exitCode: 0 })
    const events = (await readback('audit', '--jsonl')).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.filter((event) => event.idempotency_key === 'k-1')).toMatchObject([
      { actor: 'ada', action: 'replay', reason: 'address mended' },
    ])
  })
})

describe('giving entries up', () => {
  it('discards what is dead, and keeps its key taken', async () => {
    await enqueue('given-up', 'a@example.com')
    await kill('given-up')
    const discard = ['dead', 'discard', '--filter', 'key~given-up', '--reason', 'customer left', '--yes']
    expect(await json(...discard)).toMatchObject({ effect: 'updated', data: { discarded: 1 }, exitCode: 0 })
    expect(await json(...discard)).toMatchObject({ effect: 'noop', exitCode: 0 })
    expect(await status('given-up')).toMatchObject({ status: 'cancelled', state: 'discarded' })
    expect(await enqueue('given-up', 'a@example.com')).toMatchObject({ effect: 'noop' })
  })

  it('snoozes what was not called yet, either for a while or until a time', async () => {
    const { data } = await enqueue('snoozed', 'a@example.com')
    const snooze = ['snooze', data.entry_id, '--reason', 'the provider is being moved']
    expect(await readback(...snooze)).toMatchObject({ exitCode: 2 })
    expect(await json(...snooze, '--for', '2h', '--dry-run')).toMatchObject({ effect: 'would_update' })
    expect(await json(...snooze, '--for', '2h')).toMatchObject({
      effect: 'updated',
      data: { next: 'call' },
      exitCode: 0,
    })
    expect(await json(...snooze, '--for', '2h')).toMatchObject({ effect: 'noop', exitCode: 0 })
    expect(await json(...snooze, '--until', '2020-01-01T00:00:00Z')).toMatchObject({ exitCode: 1 })
  })

  it('cancels what was not called yet, once', async () => {
    const { data } = await enqueue('cancelled', 'a@example.com')
    const cancel = ['cancel', data.entry_id, '--reason', 'ordered twice']
    expect(await json(...cancel, '--dry-run')).toMatchObject({ effect: 'would_update' })
    expect(await json(...cancel)).toMatchObject({ effect: 'updated', data: { state: 'cancelled' }, exitCode: 0 })
    expect(await json(...cancel)).toMatchObject({ effect: 'noop', exitCode: 0 })
  })
})

describe('what is blocked', () => {
  const because = ['--reason', 'is being checked']

  it('is put aside, let go and put aside again, each once', async () => {
    const { data } = await enqueue('aside', 'a@example.com')
    const [park, release] = [
      ['blocked', 'park', data.entry_id, ...because],
      ['blocked', 'release', data.entry_id, ...because],
    ]
    expect(await json(...park, '--dry-run')).toMatchObject({ effect: 'would_update' })
    expect(await json(...park)).toMatchObject({ effect: 'updated', data: { state: 'held' }, exitCode: 0 })
    expect(await json(...park)).toMatchObject({ effect: 'noop', exitCode: 0 })
    expect(await status('aside')).toMatchObject({ status: 'needs_attention', cause: 'parked' })
    expect(await json(...release)).toMatchObject({ effect: 'updated', data: { reason: 'released' } })
    expect(await json(...release)).toMatchObject({ effect: 'noop', exitCode: 0 })
    expect(await json(...park)).toMatchObject({ effect: 'updated', data: { state: 'held' } })
  })

  it('is listed, a line each for programs', async () => {
    const { data } = await enqueue('listed', 'a@example.com')
    await readback('blocked', 'park', data.entry_id, ...because)
    const { out } = await readback('blocked', 'list', '--tenant', 'acme', '--effect', 'mail.send', '--jsonl')
    const rows = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toContainEqual(expect.objectContaining({ blocked_by: 'parked', entry_id: data.entry_id, waiting: 0 }))
    expect((await readback('blocked', 'list')).out).toContain(data.entry_id)
    expect((await readback('explain', data.entry_id)).out).toContain('Put aside by a person')
  })

  it('says why it does nothing with others', async () => {
    const { data } = await enqueue('loose', 'a@example.com')
    const refused = { ok: false, exitCode: 1 }
    expect(await json('blocked', 'skip', data.entry_id, ...because)).toMatchObject({
      ...refused,
      reason: 'not_in_order',
    })
    expect(await json('blocked', 'release', data.entry_id, ...because)).toMatchObject({
      ...refused,
      reason: 'not_held',
    })
    await kill('loose')
    expect(await json('blocked', 'park', data.entry_id, ...because)).toMatchObject({
      ...refused,
      reason: 'not_parkable',
    })
  })
})

describe('watching the lag', () => {
  it('fails when something waits too long', async () => {
    await enqueue('late', 'a@example.com')
    expect((await readback('lag', '--fail-over', '1ms')).exitCode).toBe(3)
    expect((await readback('lag', '--fail-over', '1d')).exitCode).toBe(0)
  })
})

describe('checking contracts', () => {
  it('names file, line and what to write', async () => {
    const file = join(folder, 'broken.yaml.off')
    writeFileSync(file, CONTRACT.replace('on_unknown: human\n', ''))
    const { exitCode, out } = await readback('contracts', 'check', file)
    expect(exitCode).toBe(1)
    expect(out).toContain('on_unknown')
  })

  it('deploys the same version once', async () => {
    expect(await json('contracts', 'deploy')).toMatchObject({ effect: 'noop', exitCode: 0 })
  })
})

describe('the built command', () => {
  it('runs every role, says when it is ready, and stops in order when it is told to', async () => {
    const service = await startProcess({
      command: process.execPath,
      args: [READBACK, 'all'],
      cwd: folder,
      env: environment({ PORT: '0' }),
      readyWhen: /role_started/,
    })
    const port = JSON.parse(
      service
        .stderr()
        .split('\n')
        .find((line) => line.includes('role_started')) ?? '{}',
    ).port
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
    expect(await get('/livez')).toBe('ok\n')
    expect(await get('/readyz')).toBe('ready\n')
    await waitFor('the relay to capture', async () => /readback_captured_total [1-9]/.test(await get('/metrics')), {
      withinMs: 20_000,
    })
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    expect(service.stderr()).toContain('"how":"stopped"')
  })
})

describe('several databases', () => {
  let other: TestDatabase
  beforeAll(async () => {
    other = await createTestDatabase({ migrated: false })
  })
  afterAll(() => other.drop())

  const several = () => ({
    PATH: process.env.PATH,
    READBACK_CONTRACTS: folder,
    READBACK_SOURCES: 'orders,billing',
    DATABASE_URL_ORDERS: database.url,
    DATABASE_URL_BILLING: other.url,
  })
  const onSeveral = async (args: string[], more: Record<string, string> = {}) => {
    const { io, told } = fakeIo({ env: { ...several(), ...more } })
    const exitCode = await runCli([...args, '--json'], io, COMMANDS)
    return { exitCode, ...JSON.parse(told.out) }
  }
  const NOBODY = { DATABASE_URL_BILLING: 'postgres://app@127.0.0.1:1/app' }

  it('are examined one by one, each under its name', async () => {
    const { exitCode, checks } = await onSeveral(['doctor'])
    expect(exitCode).toBe(1)
    expect(checks).toContainEqual(expect.objectContaining({ check: 'orders: schema', result: 'ok' }))
    expect(checks).toContainEqual(expect.objectContaining({ check: 'billing: schema', result: 'failed' }))
  })

  it('are migrated and given contracts together, each told by itself', async () => {
    const migrated = await onSeveral(['migrate'])
    expect(migrated).toMatchObject({ exitCode: 0, effect: 'updated' })
    expect(migrated.data.sources).toMatchObject([
      { source: 'orders', ok: true, effect: 'noop', applied: [] },
      { source: 'billing', ok: true, effect: 'updated' },
    ])
    expect(await onSeveral(['contracts', 'deploy'])).toMatchObject({
      effect: 'created',
      data: { sources: [{ effect: 'noop' }, { effect: 'created', contracts: [{ effect: 'mail.send' }] }] },
    })
  })

  it('do not wait for one that is away: the rest is done, and the end says that it was a part', async () => {
    expect(await onSeveral(['migrate'], NOBODY)).toMatchObject({
      exitCode: 5,
      data: {
        sources: [
          { source: 'orders', ok: true },
          { source: 'billing', ok: false, reason: 'DATABASE_UNREACHABLE' },
        ],
      },
    })
    const none = await onSeveral(['migrate'], { ...NOBODY, DATABASE_URL_ORDERS: 'postgres://app@127.0.0.1:1/orders' })
    expect(none).toMatchObject({ exitCode: 1, reason: 'DATABASE_UNREACHABLE' })
    expect(none.message).toMatch(/orders: .*\nbilling: /)
  })

  it('are asked one at a time, by the name that is given', async () => {
    const status = ['status', 'mail.send', 'nothing', '--tenant', 'acme']
    const unnamed = await onSeveral(status)
    expect(unnamed).toMatchObject({ exitCode: 2, hint: 'Say which: --source orders, or --source billing' })
    expect(await onSeveral([...status, '--source', 'billing'])).toMatchObject({ status: 'not_started', exitCode: 0 })
    expect(await onSeveral([...status, '--source', 'mail'])).toMatchObject({ exitCode: 2, ok: false })
    expect(await onSeveral(['migrate', '--source', 'orders'])).toMatchObject({ exitCode: 0, data: { applied: [] } })
  })

  it('hold intents of their own under the same key', async () => {
    const intent = ['enqueue', 'mail.send', 'shared', '--tenant', 'acme', '--payload', '{"to":"a@example.com"}']
    const first = await onSeveral([...intent, '--source', 'orders'])
    const second = await onSeveral([...intent, '--source', 'billing'])
    expect([first.effect, second.effect]).toEqual(['created', 'created'])
    expect(first.idempotency_key).not.toBe(second.idempotency_key)
  })
})
