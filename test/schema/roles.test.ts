import { deployContract, openDatabase } from '@readback/store'
import { createTestDatabase } from '@readback/testing'
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'

const DENIED = '42501'

let client: pg.Client

beforeAll(async () => {
  const database = await createTestDatabase()
  const db = openDatabase({ url: database.url, applicationName: 'roles test' })
  await deployContract(db, {
    effect: 'invoice.issue',
    version: 1,
    hash: 'one',
    document: '{}',
    keyRetentionMs: 3_600_000,
  })
  await db.close()
  client = new pg.Client(database.url)
  await client.connect()
  return async () => {
    await client.end()
    await database.drop()
  }
})

/** Runs one statement with the rights of a role alone. */
async function as(role: string, statement: string): Promise<Record<string, unknown>[]> {
  await client.query('begin')
  try {
    await client.query(`set local role ${role}`)
    return (await client.query(statement)).rows
  } finally {
    await client.query('rollback')
  }
}

const ENQUEUE = "select effect from readback.enqueue('acme', 'invoice.issue', 'a', '{}')"
const TABLES = [
  'outbox',
  'effect_key',
  'delivery',
  'attempt',
  'settlement',
  'contract',
  'relay_cursor',
  'audit_event',
  'effect',
  'books',
]

describe('a producer', () => {
  it('enqueues, one and many', async () => {
    expect(await as('readback_producer', ENQUEUE)).toEqual([{ effect: 'created' }])
    const batch = `select effect from readback.enqueue_batch('[{"tenant":"acme","effect":"invoice.issue","key":"a","payload":{}}]')`
    expect(await as('readback_producer', batch)).toEqual([{ effect: 'created' }])
  })

  it.each(TABLES)('cannot read or write %s', async (table) => {
    await expect(as('readback_producer', `select from readback.${table}`)).rejects.toMatchObject({ code: DENIED })
    await expect(as('readback_producer', `delete from readback.${table}`)).rejects.toThrow()
  })

  it('can execute nothing else', async () => {
    const functions = await as(
      'readback_producer',
      `select p.proname from pg_proc p
       where p.pronamespace = 'readback'::regnamespace and has_function_privilege('readback_producer', p.oid, 'execute')
       order by 1`,
    )
    expect(functions.map((row) => row['proname'])).toEqual(['enqueue', 'enqueue_batch'])
  })

  it('cannot slip its own code under a function that runs with more rights', async () => {
    const { rows } = await client.query(
      `select p.proname from pg_proc p
       where p.pronamespace = 'readback'::regnamespace and p.prosecdef
         and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)`,
    )
    expect(rows).toEqual([])
  })
})

describe('a reader', () => {
  it('asks by key, and sees the history and the books', async () => {
    const status = await as(
      'readback_reader',
      "select readback.status('acme', 'invoice.issue', 'never') ->> 'status' as status",
    )
    expect(status).toEqual([{ status: 'not_started' }])
    expect(await as('readback_reader', 'select status from readback.effect')).toEqual([])
    expect(await as('readback_reader', 'select committed from readback.books')).toHaveLength(1)
    const workflow = await as('readback_reader', "select readback.workflow_status('acme', 'w') ->> 'status' as status")
    expect(workflow).toEqual([{ status: 'not_started' }])
  })

  it('cannot read payloads or enqueue', async () => {
    await expect(as('readback_reader', 'select from readback.outbox')).rejects.toMatchObject({ code: DENIED })
    await expect(as('readback_reader', ENQUEUE)).rejects.toMatchObject({ code: DENIED })
  })
})

describe('the services', () => {
  it('make partitions without owning the tables', async () => {
    const ahead = "select readback.ensure_partitions(now() + interval '30 weeks', now() + interval '31 weeks') as made"
    const [row] = await as('readback_relay', ahead)
    expect(row?.['made']).toBeGreaterThan(0)
    await expect(as('readback_worker', ahead)).rejects.toMatchObject({ code: DENIED })
  })

  it.each([
    ['readback_relay', 'delete from readback.settlement'],
    ['readback_worker', 'update readback.relay_cursor set moved_at = now()'],
    ['readback_verifier', 'insert into readback.delivery default values'],
    ['readback_operator', 'update readback.audit_event set reason = reason'],
    ['readback_operator', 'delete from readback.settlement'],
  ])('%s cannot %s', async (role, statement) => {
    await expect(as(role, statement)).rejects.toMatchObject({ code: DENIED })
  })
})
