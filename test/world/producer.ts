/** An application service: its own row and the intent in one transaction, and a journal of what it was told. */
import { join } from 'node:path'
import { type JournalLine, openJournal, readJournal } from '@readback/testing'
import type pg from 'pg'
import { groupBy } from './group-by.ts'
import { EFFECTS, type ProviderClass } from './provider-class.ts'

export type Payload = { customer: string; amount: number; memo: string }

export type Intent = {
  provider: ProviderClass
  tenant: string
  effect: string
  key: string
  payload: Payload
  /** Intents with one are committed one after another, and are to be called in this order. */
  orderingKey?: string
  /** Keys of the same effect that must be done first. */
  after?: readonly string[]
  /** By the database's clock, from the commit. */
  notBeforeInMs?: number
  expiresInMs?: number
  priority?: number
}

/** Stands in every payload, and must stand nowhere else. */
export const SECRET_IN_PAYLOAD = 'for-your-eyes-only'

export type Producer = {
  /** Each in a transaction of its own. */
  commit(intents: readonly Intent[]): Promise<void>
  rollBack(intents: readonly Intent[]): Promise<void>
  /** The last word on each key. */
  journal(): Map<string, JournalLine & { intent?: Intent }>
}

/** `count` intents with keys that begin with `name`: they say in every ledger where they come from. */
export function intentsFor(provider: ProviderClass, name: string, count: number, tenant = 'acme'): Intent[] {
  return Array.from({ length: count }, (_, index) => {
    const key = `${name}-${provider}-${index + 1}`
    const payload = { customer: `cust-${index + 1}`, amount: 100 + index, memo: `${SECRET_IN_PAYLOAD} ${key}` }
    return { provider, tenant, effect: EFFECTS[provider].effect, key, payload }
  })
}

const ENQUEUE = `
  select * from readback.enqueue($1, $2, $3, $4, priority => $7, ordering_key => $8, after => $9,
    not_before => now() + $5::float8 * interval '1 millisecond', expires_at => now() + $6::float8 * interval '1 millisecond')`

export async function createProducer(pool: pg.Pool, folder: string): Promise<Producer> {
  await pool.query('create table if not exists placed_order (key text primary key, payload json not null)')
  const file = join(folder, 'journal.jsonl')
  const journal = openJournal(file)

  const run = async (intent: Intent, end: 'commit' | 'rollback') => {
    const client = await pool.connect()
    journal.begin(intent.key, intent)
    try {
      await client.query('begin')
      await client.query('insert into placed_order values ($1, $2)', [intent.key, JSON.stringify(intent.payload)])
      await client.query(ENQUEUE, [
        intent.tenant,
        intent.effect,
        intent.key,
        JSON.stringify(intent.payload),
        intent.notBeforeInMs,
        intent.expiresInMs,
        intent.priority ?? 0,
        intent.orderingKey,
        intent.after && JSON.stringify(intent.after.map((key) => ({ effect: intent.effect, key }))),
      ])
      await client.query(end)
      journal.end(intent.key, end === 'commit' ? 'committed' : 'rolled_back')
    } finally {
      client.release()
    }
  }
  const inTurn = async (intents: readonly Intent[]) => {
    for (const intent of intents) await run(intent, 'commit')
  }
  return {
    commit: async (intents) => {
      const lines = groupBy(intents, ({ orderingKey, key }) => orderingKey ?? key)
      await Promise.all([...lines.values()].map(inTurn))
    },
    rollBack: async (intents) => void (await Promise.all(intents.map((intent) => run(intent, 'rollback')))),
    journal: () => readJournal(file) as Map<string, JournalLine & { intent?: Intent }>,
  }
}
