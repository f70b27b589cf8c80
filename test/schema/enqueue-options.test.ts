import { deployContract, openDatabase } from '@readback/store'
import { createTestDatabase } from '@readback/testing'
import pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

let url: string
let client: pg.Client

beforeAll(async () => {
  const database = await createTestDatabase()
  url = database.url
  const db = openDatabase({ url, applicationName: 'enqueue options test' })
  const contract = { version: 1, hash: 'one', document: '{}', keyRetentionMs: 3_600_000 }
  await deployContract(db, { ...contract, effect: 'note.add' })
  await deployContract(db, { ...contract, effect: 'account.move', ordering: 'per_key' })
  await db.close()
  client = await connected()
  return async () => {
    await client.end()
    await database.drop()
  }
})

beforeEach(async () => {
  await client.query('begin')
  return async () => void (await client.query('rollback'))
})

async function connected(): Promise<pg.Client> {
  const another = new pg.Client(url)
  await another.connect()
  return another
}

type Options = Record<string, unknown> & { effect?: string; key?: string; payload?: string }

async function enqueue({ effect = 'note.add', key = 'a', payload = '{}', ...options }: Options, on = client) {
  const given = Object.entries({ tenant: 'acme', effect, key, payload, ...options })
  const names = given.map(([name], index) => `${name} => $${index + 1}`)
  const { rows } = await on.query(
    `select * from readback.enqueue(${names.join(', ')})`,
    given.map(([, value]) => value),
  )
  return rows[0]
}

const batch = async (entries: object[]) =>
  (
    await client.query('select * from readback.enqueue_batch($1)', [
      JSON.stringify(entries.map((entry) => ({ tenant: 'acme', effect: 'note.add', payload: {}, ...entry }))),
    ])
  ).rows

const storedAfter = async (key: string): Promise<string[] | null> =>
  (await client.query('select after from readback.outbox where key = $1', [key])).rows[0].after

const names = (...keys: string[]) => JSON.stringify(keys.map((key) => ({ effect: 'note.add', key })))

describe('what must be done before', () => {
  it('is named by key, and kept as entries', async () => {
    const [one, two] = [await enqueue({ key: 'one' }), await enqueue({ key: 'two' })]
    await enqueue({ key: 'last', after: names('one', 'two', 'one') })
    expect(await storedAfter('last')).toEqual([one.entry_id, two.entry_id].sort())
  })

  it('may be of another tenant', async () => {
    const one = await enqueue({ tenant: 'other', key: 'one' })
    await enqueue({ key: 'last', after: '[{"tenant":"other","effect":"note.add","key":"one"}]' })
    expect(await storedAfter('last')).toEqual([one.entry_id])
  })

  it('may be nothing', async () => {
    await enqueue({ key: 'last', after: '[]' })
    expect(await storedAfter('last')).toBeNull()
  })

  it.each<[string, string, string]>([
    ['a name that nobody has used', 'RB006', names('nobody')],
    ['no list', 'RB006', '{"effect":"note.add","key":"one"}'],
    ['a name without a key', 'RB006', '[{"effect":"note.add"}]'],
    ['a text', 'RB006', '["one"]'],
    ['more than a hundred', 'RB006', names(...Array.from({ length: 101 }, () => 'one'))],
  ])('refuses %s', async (_, code, after) => {
    await enqueue({ key: 'one' })
    await expect(enqueue({ key: 'last', after })).rejects.toMatchObject({ code, hint: expect.any(String) })
  })

  it('is the same in a repeat, or is not said again', async () => {
    await enqueue({ key: 'one' })
    const last = await enqueue({ key: 'last', after: names('one') })
    expect(await enqueue({ key: 'last', after: names('one') })).toEqual({ ...last, effect: 'noop' })
    expect(await enqueue({ key: 'last' })).toEqual({ ...last, effect: 'noop' })
  })

  it('cannot be changed by a repeat', async () => {
    await enqueue({ key: 'one' })
    await enqueue({ key: 'two' })
    await enqueue({ key: 'last', after: names('one') })
    await expect(enqueue({ key: 'last', after: names('one', 'two') })).rejects.toMatchObject({ code: 'RB001' })
  })

  it('refuses a circle that a repeat would close', async () => {
    await enqueue({ key: 'one' })
    await enqueue({ key: 'two', after: names('one') })
    await enqueue({ key: 'three', after: names('two') })
    await expect(enqueue({ key: 'one', after: names('three') })).rejects.toMatchObject({ code: 'RB007' })
  })
})

describe('what must be done before, in a batch', () => {
  it('may stand behind what names it', async () => {
    const rows = await batch([
      { key: 'c', after: [{ effect: 'note.add', key: 'b' }] },
      { key: 'b', after: [{ effect: 'note.add', key: 'a' }] },
      { key: 'a' },
    ])
    expect(rows.map((row) => [row.entry_no, row.effect])).toEqual([
      ['1', 'created'],
      ['2', 'created'],
      ['3', 'created'],
    ])
    expect(await storedAfter('c')).toEqual([rows[1].entry_id])
    expect(await storedAfter('b')).toEqual([rows[2].entry_id])
  })

  it.each([
    ['itself', [{ key: 'a', after: [{ effect: 'note.add', key: 'a' }] }]],
    [
      'each other',
      [
        { key: 'a', after: [{ effect: 'note.add', key: 'b' }] },
        { key: 'b', after: [{ effect: 'note.add', key: 'a' }] },
      ],
    ],
  ])('refuses entries that wait for %s', async (_, entries) => {
    await expect(batch(entries)).rejects.toMatchObject({ code: 'RB007', hint: expect.any(String) })
  })
})

describe('what is said besides', () => {
  const said = {
    ordering_key: 'acc-1',
    workflow: 'w-1',
    actor: 'ann',
    not_before: new Date('2098-01-01T00:00:00Z'),
    expires_at: new Date('2099-01-01T00:00:00Z'),
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    priority: 3,
  }

  it.each([
    ['note.add', false],
    ['account.move', true],
  ])('is kept with an entry of %s', async (effect, ordered) => {
    await enqueue({ effect, ...said })
    const { rows } = await client.query(
      `select ordering_key, workflow, actor, not_before, expires_at, traceparent, priority, ordered,
              shard = readback.shard_of('acme', 'acc-1') as in_its_shard
       from readback.outbox`,
    )
    expect(rows).toEqual([{ ...said, ordered, in_its_shard: true }])
  })
})

describe('times and priority', () => {
  it('are kept', async () => {
    await enqueue({ expires_at: '2099-01-01T00:00:00Z', priority: 9 })
    const { rows } = await client.query('select expires_at, priority from readback.outbox')
    expect(rows).toEqual([{ expires_at: new Date('2099-01-01T00:00:00Z'), priority: 9 }])
  })

  it.each([
    ['a priority below 0', { priority: -1 }],
    ['a priority above 9', { priority: 10 }],
    ['a priority of an effect with an order', { effect: 'account.move', priority: 10 }],
    ['an end that is over', { expires_at: '2020-01-01T00:00:00Z' }],
    ['an end before the beginning', { not_before: '2099-01-02T00:00:00Z', expires_at: '2099-01-01T00:00:00Z' }],
  ])('refuses %s', async (_, options) => {
    await expect(enqueue(options)).rejects.toMatchObject({ code: 'RB008', hint: expect.any(String) })
  })
})

describe('what a record of Kafka has to hold', () => {
  it.each<[string, string, Options]>([
    ['an ordering key that is longer than a key may be', 'RB002', { ordering_key: 'ä'.repeat(257) }],
    ['such a one of an effect that keeps an order', 'RB002', { effect: 'account.move', ordering_key: 'a'.repeat(513) }],
    ['a trace that is none', 'RB008', { traceparent: 'a'.repeat(513) }],
  ])('is not %s', async (_, code, options) => {
    await expect(enqueue(options)).rejects.toMatchObject({ code, hint: expect.any(String) })
  })

  it('may be as long as that', async () => {
    const longest = 'a'.repeat(512)
    expect(await enqueue({ ordering_key: longest, traceparent: longest })).toMatchObject({ effect: 'created' })
  })
})

describe('the order of a key', () => {
  const queued = async () =>
    (await client.query('select entry_id, ordering_key from readback.ordering_queue order by position')).rows

  it('is that of its entries, where the contract wants it', async () => {
    const first = await enqueue({ effect: 'account.move', key: 'm1', ordering_key: 'acc-1' })
    const second = await enqueue({ effect: 'account.move', key: 'm2', ordering_key: 'acc-1' })
    await enqueue({ key: 'unordered', ordering_key: 'acc-1' })
    await enqueue({ effect: 'account.move', key: 'm1', ordering_key: 'acc-1' })
    expect(await queued()).toEqual([
      { entry_id: first.entry_id, ordering_key: 'acc-1' },
      { entry_id: second.entry_id, ordering_key: 'acc-1' },
    ])
  })

  it('is that of the commits: the next producer of the key waits, and a repeat or another key does not', async () => {
    await enqueue({ effect: 'account.move', key: 'settled', ordering_key: 'acc-1' })
    await client.query('commit')
    await client.query('begin')
    await enqueue({ effect: 'account.move', key: 'm1', ordering_key: 'acc-1' })
    const other = await connected()
    await other.query("set lock_timeout = '200ms'")

    await enqueue({ effect: 'account.move', key: 'settled', ordering_key: 'acc-1' }, other)
    await enqueue({ effect: 'account.move', key: 'm2', ordering_key: 'acc-2' }, other)
    const next = enqueue({ effect: 'account.move', key: 'm3', ordering_key: 'acc-1' }, other)
    await expect(next).rejects.toMatchObject({ code: '55P03' })
    await other.end()
  })
})
