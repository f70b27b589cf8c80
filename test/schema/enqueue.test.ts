import { createHash } from 'node:crypto'
import { deployContract, openDatabase } from '@readback/store'
import { createTestDatabase } from '@readback/testing'
import pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

let client: pg.Client

beforeAll(async () => {
  const database = await createTestDatabase()
  const db = openDatabase({ url: database.url, applicationName: 'enqueue test' })
  const contract = { effect: 'invoice.issue', hash: 'one', document: '{}', keyRetentionMs: 3_600_000 }
  await deployContract(db, { ...contract, version: 1 })
  await deployContract(db, { ...contract, version: 10 })
  await db.close()
  client = new pg.Client(database.url)
  await client.connect()
  return async () => {
    await client.end()
    await database.drop()
  }
})

beforeEach(async () => {
  await client.query('begin')
  return async () => void (await client.query('rollback'))
})

type Call = { tenant?: string | null; effect?: string; key?: string | null; payload?: string | null }

const enqueue = async ({ tenant = 'acme', effect = 'invoice.issue', key = 'a', payload = '{}' }: Call = {}) =>
  (await client.query('select * from readback.enqueue($1, $2, $3, $4::json)', [tenant, effect, key, payload])).rows[0]

const fingerprint = async (payload: string): Promise<string> =>
  (await client.query("select encode(readback.fingerprint($1::json), 'hex') as print", [payload])).rows[0].print

describe('readback.enqueue', () => {
  it('creates an entry under the newest contract, and answers a repeat with it', async () => {
    const created = await enqueue()
    expect(created).toMatchObject({ effect: 'created', state: 'pending' })
    expect(await enqueue()).toEqual({ ...created, effect: 'noop' })
    const { rows } = await client.query(
      'select o.effect_version, k.expires_at - now() as kept from readback.outbox o join readback.effect_key k using (entry_id)',
    )
    expect(rows).toMatchObject([{ effect_version: 10, kept: { hours: 1 } }])
  })

  it('gives ids that sort as they were made, within a millisecond as well', async () => {
    const ids: string[] = []
    for (const key of Array.from({ length: 50 }, (_, index) => String(index)))
      ids.push((await enqueue({ key })).entry_id)
    expect([...ids].sort()).toEqual(ids)
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    )
  })

  it('tells tenants and effects apart', async () => {
    expect((await enqueue()).effect).toBe('created')
    expect((await enqueue({ tenant: 'other' })).effect).toBe('created')
  })

  it('keeps the payload as it was spelled', async () => {
    const payload = '{ "b":1.50, "a": [1e2 , "\\u00e4"] }'
    await enqueue({ payload })
    expect((await client.query('select payload::text as text from readback.outbox')).rows).toEqual([{ text: payload }])
  })

  it('takes named parameters and defaults, as a program in any language would pass them', async () => {
    const { rows } = await client.query(
      "select effect from readback.enqueue(tenant => 'acme', effect => 'invoice.issue', key => 'k', payload => '{}', actor => 'ann')",
    )
    expect(rows).toEqual([{ effect: 'created' }])
  })

  it.each<[string, string, Call]>([
    ['another payload under the same key', 'RB001', { payload: '{"n":2}' }],
    ['no tenant', 'RB002', { tenant: null }],
    ['a tenant of spaces', 'RB002', { tenant: ' ' }],
    ['no effect', 'RB002', { effect: '' }],
    ['no key', 'RB002', { key: null }],
    ['an empty key', 'RB002', { key: '' }],
    ['a key of spaces', 'RB002', { key: '  ' }],
    ['a key of more than 512 bytes', 'RB002', { key: 'ä'.repeat(257) }],
    ['a tenant of more than 256 bytes', 'RB002', { tenant: 'x'.repeat(257) }],
    ['no payload', 'RB003', { payload: null }],
    ['a zero character', 'RB003', { payload: '{"a":"\\u0000"}' }],
    ['half of a surrogate pair', 'RB003', { payload: '{"a":"\\ud800"}' }],
    ['a number out of range', 'RB003', { payload: '1e999999' }],
    ['a field named twice', 'RB003', { payload: '{"a":1,"a":1}' }],
    ['a field named twice further in', 'RB003', { payload: '[{"b":{"a":1,"a":2}}]' }],
    ['a payload that is too large', 'RB004', { payload: JSON.stringify('x'.repeat(262_143)) }],
    ['an effect without a contract', 'RB005', { effect: 'nobody.knows' }],
  ])('refuses %s, stores nothing, and leaves the savepoint usable', async (_, code, call) => {
    await enqueue({ key: 'a', payload: '{"n":1}' })
    await client.query('savepoint before')
    await expect(enqueue(call)).rejects.toMatchObject({ code, hint: expect.any(String) })
    await client.query('rollback to savepoint before')
    expect((await enqueue({ key: 'b' })).effect).toBe('created')
    expect((await client.query('select key from readback.effect_key order by key')).rows).toEqual([
      { key: 'a' },
      { key: 'b' },
    ])
  })

  it.each<[string, string, Call]>([
    ['a missing key before a payload that cannot be held', 'RB002', { key: null, payload: '{"a":"\\u0000"}' }],
    ['a size before what cannot be held', 'RB004', { payload: JSON.stringify(`${'x'.repeat(262_143)}\u0000`) }],
    [
      'a field named twice before an effect without a contract',
      'RB003',
      { effect: 'no.one', payload: '{"a":1,"a":1}' },
    ],
    ['an effect without a contract before a known key', 'RB005', { effect: 'no.one', payload: '{"n":2}' }],
  ])('of several reasons names %s', async (_, code, call) => {
    await enqueue({ key: 'a', payload: '{"n":1}' })
    await expect(enqueue(call)).rejects.toMatchObject({ code })
  })

  it('tells a repeat within one statement', async () => {
    const { rows } = await client.query(
      `select e.effect from generate_series(1, 3) as n
       cross join lateral readback.enqueue('acme', 'invoice.issue', 'key-' || n / 2, '{}') e`,
    )
    expect(rows.map((row) => row.effect)).toEqual(['created', 'created', 'noop'])
  })

  it.each(['{}', '{"b":[1.50, 0.0], "a":"1.0"}', '{"a":"\\u00e4"}', '[1e2,-0.0]', '"1.00"', 'null'])(
    'stores the fingerprint of the payload %s with the entry and with its key',
    async (payload) => {
      await enqueue({ payload })
      const { rows } = await client.query(
        `select encode(o.fingerprint, 'hex') as entry, encode(k.fingerprint, 'hex') as key
         from readback.outbox o join readback.effect_key k using (entry_id)`,
      )
      const print = await fingerprint(payload)
      expect(rows).toEqual([{ entry: print, key: print }])
    },
  )

  it('takes larger payloads where the database is set so', async () => {
    await client.query("set local readback.payload_bytes_max = '1000000'")
    expect((await enqueue({ payload: JSON.stringify('x'.repeat(300_000)) })).effect).toBe('created')
  })
})

describe('the fingerprint', () => {
  it.each([
    ['the order of fields', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['white space', '{"a":[1,2]}', ' { "a" : [ 1 , 2 ] } '],
    ['the spelling of a number', '{"n":1}', '{"n":1.0}'],
    ['an exponent', '{"n":1}', '{"n":1e0}'],
    ['zeros after the point', '[{"n":[1.5,0]}]', '[{"n":[1.50,0.0]}]'],
    ['the spelling of a text', '"\\u00e4"', '"ä"'],
    ['the order of fields beside a number with zeros', '{"a":{"x":1,"y":2},"n":1.0}', '{"n":1,"a":{"y":2,"x":1}}'],
  ])('is equal whatever %s', async (_, one, other) => {
    expect(await fingerprint(one)).toBe(await fingerprint(other))
  })

  it.each([
    ['{}', '{}'],
    ['{"n":10.00,"m":[0.0,-1.50,1e2,0.050]}', '{"m":[0,-1.5,100,0.05],"n":10}'],
    ['{"1.0":"1.50","b":"\\\\\\"2.0","c":3.0}', '{"b":"\\\\\\"2.0","c":3,"1.0":"1.50"}'],
    ['["\\\\",1.10,"\\\\",100]', '["\\\\",1.1,"\\\\",100]'],
  ])('is SHA-256 over jsonb without needless zeros, for ever: %s', async (payload, canonical) => {
    // An intent of last month must know its repeat: each release has to come to the same bytes.
    const text = canonical.replaceAll(/([,:])/g, '$1 ')
    expect(await fingerprint(payload)).toBe(createHash('sha256').update(text).digest('hex'))
  })

  it.each([
    ['numbers', '{"n":1}', '{"n":1.01}'],
    ['a number and its text', '{"n":1}', '{"n":"1"}'],
    ['the order of a list', '[1,2]', '[2,1]'],
    ['null and nothing', '{"n":null}', '{}'],
    ['texts that look like numbers', '"1.0"', '"1.00"'],
    ['large numbers that a double cannot tell apart', '9007199254740993', '9007199254740992'],
  ])('differs for %s', async (_, one, other) => {
    expect(await fingerprint(one)).not.toBe(await fingerprint(other))
  })
})

describe('readback.enqueue_batch', () => {
  const batch = async (entries: object[]) =>
    (await client.query('select * from readback.enqueue_batch($1)', [JSON.stringify(entries)])).rows

  it('answers one row an entry, in the order given', async () => {
    const entry = { tenant: 'acme', effect: 'invoice.issue', payload: { n: 1 } }
    const rows = await batch([
      { ...entry, key: 'b' },
      { ...entry, key: 'a' },
      { ...entry, key: 'b' },
    ])
    expect(rows.map((row) => [Number(row.entry_no), row.effect])).toEqual([
      [1, 'created'],
      [2, 'created'],
      [3, 'noop'],
    ])
  })

  it('refuses the whole batch for one entry without a key', async () => {
    const entry = { tenant: 'acme', effect: 'invoice.issue', payload: {} }
    await expect(batch([{ ...entry, key: 'a' }, entry])).rejects.toMatchObject({ code: 'RB002' })
  })
})
