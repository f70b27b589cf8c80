import { deployContract, openDatabase } from '@readback/store'
import { createTestDatabase, type TestDatabase } from '@readback/testing'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Connection, defineEffect, enqueue, enqueueMany, keyOf, status, workflowStatus } from './index.ts'

const plain = defineEffect('invoice.issue', z.object({ amount: z.number() }))
const keyed = defineEffect('invoice.issue', z.object({ customer: z.string(), period: z.string() }), {
  key: (payload) => keyOf(payload.customer, payload.period),
})

let scratch: TestDatabase
let pool: pg.Pool
let client: pg.PoolClient

beforeAll(async () => {
  scratch = await createTestDatabase()
  pool = new pg.Pool({ connectionString: scratch.url, max: 60 })
  const db = openDatabase({ url: scratch.url, applicationName: 'outbox test' })
  const contract = { effect: 'invoice.issue', version: 1, hash: 'one', document: '{}', keyRetentionMs: 86_400_000 }
  await deployContract(db, contract)
  await db.close()
  client = await pool.connect()
})

afterAll(async () => {
  client.release()
  await pool.end()
  await scratch.drop()
})

beforeEach(async () => {
  await client.query('rollback')
  await client.query('truncate readback.outbox, readback.effect_key, readback.enqueue_repeat')
})

const intent = (key: string, amount = 1) => ({ tenant: 'acme', key, payload: { amount } })

async function inTransaction<T>(work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const own = await pool.connect()
  await own.query('begin')
  try {
    const result = await work(own)
    await own.query('commit')
    return result
  } catch (error) {
    await own.query('rollback')
    throw error
  } finally {
    own.release()
  }
}

const countOf = async (table: string) =>
  Number((await pool.query(`select count(*) from readback.${table}`)).rows[0].count)

describe('enqueueing in a transaction', () => {
  it('creates the entry once, and answers a repeat with the same entry', async () => {
    const first = await inTransaction((tx) => enqueue(tx, plain, intent('a')))
    const again = await inTransaction((tx) => enqueue(tx, plain, intent('a')))
    expect(first).toEqual({ entryId: expect.any(String), effect: 'created', state: 'pending' })
    expect(again).toEqual({ ...first, effect: 'noop' })
    expect(await countOf('outbox')).toBe(1)
    expect(await countOf('enqueue_repeat')).toBe(1)
  })

  it('stores everything that was said of the intent', async () => {
    const notBefore = new Date('2030-01-02T03:04:05.678Z')
    const named = { orderingKey: 'cust-7', workflow: 'run-1', actor: 'ann', notBefore, traceparent: '00-a-b-01' }
    await inTransaction((tx) => enqueue(tx, plain, { ...intent('a'), ...named }))
    const { rows } = await pool.query('select *, payload::text as text from readback.outbox')
    expect(rows).toMatchObject([
      {
        tenant: 'acme',
        effect: 'invoice.issue',
        key: 'a',
        text: '{"amount":1}',
        ordering_key: 'cust-7',
        workflow: 'run-1',
        actor: 'ann',
        not_before: notBefore,
        traceparent: '00-a-b-01',
        effect_version: 1,
      },
    ])
  })

  it('leaves no key behind when the transaction is rolled back', async () => {
    await expect(
      inTransaction(async (tx) => {
        await enqueue(tx, plain, intent('a'))
        throw new Error('the business said no')
      }),
    ).rejects.toThrow('the business said no')
    expect((await inTransaction((tx) => enqueue(tx, plain, intent('a', 2)))).effect).toBe('created')
  })

  it('refuses a key that another payload has, and leaves the savepoint of the caller usable', async () => {
    const { entryId } = await inTransaction((tx) => enqueue(tx, plain, intent('a')))
    await inTransaction(async (tx) => {
      await tx.query('savepoint before')
      await expect(enqueue(tx, plain, intent('a', 2))).rejects.toMatchObject({
        name: 'KeyConflictError',
        code: 'key_conflict',
        entryId,
      })
      await tx.query('rollback to savepoint before')
      expect((await enqueue(tx, plain, intent('b', 2))).effect).toBe('created')
    })
    expect(await countOf('outbox')).toBe(2)
  })

  it('takes the key from the payload where the effect says how', async () => {
    const payload = { customer: 'cust-7', period: '2026-11' }
    await inTransaction((tx) => enqueue(tx, keyed, { tenant: 'acme', payload }))
    expect(await status(pool, { tenant: 'acme', effect: keyed, key: 'cust-7/2026-11' })).toMatchObject({
      status: 'in_progress',
    })
  })

  it('refuses what the schema, JSON or the database cannot take, each under its code', async () => {
    const refusal = (work: (tx: pg.PoolClient) => Promise<unknown>) =>
      inTransaction(work).catch((error: unknown) => error)
    expect(
      await refusal((tx) => enqueue(tx, plain, { ...intent('a'), payload: { amount: '1' } as never })),
    ).toMatchObject({
      code: 'payload_refused',
      path: '/amount',
    })
    // @ts-expect-error an effect that derives no key needs one
    expect(await refusal((tx) => enqueue(tx, plain, { tenant: 'acme', payload: { amount: 1 } }))).toMatchObject({
      code: 'key_refused',
    })
    expect(await refusal((tx) => enqueue(tx, plain, intent(' ')))).toMatchObject({
      code: 'key_refused',
      hint: expect.any(String),
    })
    const unknown = defineEffect('nobody.knows', z.object({}))
    expect(await refusal((tx) => enqueue(tx, unknown, { tenant: 'acme', key: 'a', payload: {} }))).toMatchObject({
      code: 'effect_unknown',
    })
    const large = defineEffect('invoice.issue', z.string())
    expect(
      await refusal((tx) => enqueue(tx, large, { tenant: 'acme', key: 'a', payload: 'x'.repeat(262_145) })),
    ).toMatchObject({
      code: 'payload_too_large',
    })
  })

  it('refuses a pool, a database and a client without a transaction, which would outlive a rollback', async () => {
    const kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool }) })
    for (const outside of [pool, kysely, client]) {
      await expect(enqueue(outside, plain, intent('a'))).rejects.toMatchObject({ code: 'not_in_transaction' })
    }
  })

  it('works in a transaction of kysely, also under a plug-in that renames columns, and in any other by a function', async () => {
    const renaming = new Kysely<object>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] })
    const created = await renaming.transaction().execute((trx) => enqueue(trx, plain, intent('a')))
    const bare = new Kysely<object>({ dialect: new PostgresDialect({ pool }) })
    const again = await bare.transaction().execute((trx) => enqueue(trx, plain, intent('a')))
    const third = await inTransaction((tx) =>
      enqueue(async (text, values) => (await tx.query(text, values)).rows, plain, intent('a')),
    )
    expect(created.effect).toBe('created')
    expect([again, third]).toEqual([
      { ...created, effect: 'noop' },
      { ...created, effect: 'noop' },
    ])
    expect((await status(renaming, { tenant: 'acme', effect: plain, key: 'a' })).entry_id).toBe(created.entryId)
  })
})

describe('asking for a workflow', () => {
  it('tells all of it, in order, also what the own transaction has enqueued', async () => {
    const workflow = { tenant: 'acme', workflow: 'run-1' }
    expect(await workflowStatus(pool, workflow)).toMatchObject({ status: 'not_started', entries: [] })
    const first = { effect: 'invoice.issue', key: 'a' }
    const seen = await inTransaction(async (tx) => {
      await enqueue(tx, plain, { ...intent('a'), workflow: 'run-1' })
      await enqueue(tx, plain, { ...intent('b'), workflow: 'run-1', after: [first] })
      return workflowStatus(tx, workflow)
    })
    expect(seen).toMatchObject({
      status: 'in_progress',
      counts: { total: 2, in_progress: 2 },
      entries: [{ key: 'a' }, { key: 'b', held_by: [{ key: 'a', state: 'pending' }] }],
    })
    expect(await workflowStatus(pool, workflow)).toEqual(seen)
  })
})

describe('enqueueing many', () => {
  it('answers in the order of the intents, a repeat within the batch included', async () => {
    const answers = await inTransaction((tx) =>
      enqueueMany(
        tx,
        plain,
        ['c', 'a', 'c'].map((key) => intent(key)),
      ),
    )
    expect(answers.map((answer) => answer.effect)).toEqual(['created', 'created', 'noop'])
    expect(answers[2]?.entryId).toBe(answers[0]?.entryId)
    expect(await inTransaction((tx) => enqueueMany(tx, plain, []))).toEqual([])
  })

  it('stores the payload as the text that one alone would have', async () => {
    await inTransaction((tx) => enqueueMany(tx, plain, [{ ...intent('a', 0.1), actor: 'ann', notBefore: new Date(0) }]))
    const { rows } = await pool.query('select payload::text as text, actor, not_before from readback.outbox')
    expect(rows).toEqual([{ text: '{"amount":0.1}', actor: 'ann', not_before: new Date(0) }])
  })

  it('is all or nothing', async () => {
    await inTransaction((tx) => enqueue(tx, plain, intent('b')))
    const batch = [intent('a'), intent('b', 2)]
    await expect(inTransaction((tx) => enqueueMany(tx, plain, batch))).rejects.toMatchObject({ code: 'key_conflict' })
    expect(await countOf('outbox')).toBe(1)
  })

  it('never deadlocks batches that take the same keys in opposite orders', async () => {
    const keys = Array.from({ length: 50 }, (_, n) => `k${n}`)
    const batches = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? keys : keys.toReversed()))
    const answers = await Promise.all(
      batches.map((batch) =>
        inTransaction((tx) =>
          enqueueMany(
            tx,
            plain,
            batch.map((key) => intent(key)),
          ),
        ),
      ),
    )
    expect(answers.flat().filter((answer) => answer.effect === 'created')).toHaveLength(50)
    expect(await countOf('outbox')).toBe(50)
  })
})

describe('50 sessions that race for one key', () => {
  it('get one row and 49 noops', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => inTransaction((tx) => enqueue(tx as Connection, plain, intent('race')))),
    )
    expect(answers.filter((answer) => answer.effect === 'created')).toHaveLength(1)
    expect(answers.filter((answer) => answer.effect === 'noop')).toHaveLength(49)
    expect(new Set(answers.map((answer) => answer.entryId)).size).toBe(1)
    expect(await countOf('outbox')).toBe(1)
  })

  it('get one row and 49 conflicts when each has another payload', async () => {
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) => inTransaction((tx) => enqueue(tx, plain, intent('race', n)))),
    )
    const codes = answers.map((answer) => (answer.status === 'fulfilled' ? 'created' : answer.reason.code))
    expect(codes.filter((code) => code === 'created')).toHaveLength(1)
    expect(codes.filter((code) => code === 'key_conflict')).toHaveLength(49)
  })
})
