import pg from 'pg'
import { createDice, type Dice } from './dice.ts'

export const EFFECT = 'capture.proof'
const TENANT = 'acme'
export const ACCOUNTS = 12

/** What the producers know of themselves, outside of the product. */
export type Books = {
  committed: Set<string>
  /** Rolled back, as a transaction or as a savepoint. */
  undone: Set<string>
  /** Of producers that lock their account first: its keys in the order of their commits. */
  order: Map<string, string[]>
  transactions: number
}

export const createBooks = (): Books => ({ committed: new Set(), undone: new Set(), order: new Map(), transactions: 0 })

/** Each on a connection of its own, each doing transactions of every kind, with pauses before the commit. */
export async function runProducers(
  databaseUrl: string,
  books: Books,
  load: { producers: number; transactions: number; seed: number },
): Promise<void> {
  await Promise.all(
    Array.from({ length: load.producers }, (_, producer) =>
      withClient(databaseUrl, async (client) => {
        const dice = createDice(load.seed + producer)
        for (let nth = 0; nth < load.transactions; nth += 1) await transact(client, books, dice, `p${producer}-${nth}`)
      }),
    ),
  )
}

/** The keys that a transaction wrote and has not taken back. */
type Draft = { kept: string[]; undone: string[]; account: string | null }

async function transact(client: pg.Client, books: Books, dice: Dice, name: string): Promise<void> {
  const draft: Draft = { kept: [], undone: [], account: dice.below(2) === 0 ? `account-${dice.below(ACCOUNTS)}` : null }
  await client.query('begin')
  if (draft.account) await lockAccount(client, draft.account)
  await enqueue(client, draft, `${name}-first`)
  if (dice.below(3) === 0) await inSavepoint(client, draft, `${name}-saved`, dice.below(2) === 0)
  await pause(client, dice, draft.account !== null)
  if (dice.below(3) === 0) await enqueue(client, draft, `${name}-last`)
  await end(client, books, draft, dice.below(7) === 0 ? 'rollback' : 'commit')
}

const lockAccount = (client: pg.Client, account: string) =>
  client.query('update account set turn = turn + 1 where id = $1', [account.slice('account-'.length)])

async function enqueue(client: pg.Client, draft: Draft, key: string): Promise<void> {
  const call = `select readback.enqueue(tenant => $1, effect => $2, key => $3, payload => '{}', ordering_key => $4)`
  await client.query(call, [TENANT, EFFECT, key, draft.account])
  draft.kept.push(key)
}

async function inSavepoint(client: pg.Client, draft: Draft, key: string, keep: boolean): Promise<void> {
  await client.query('savepoint here')
  await enqueue(client, draft, key)
  await client.query(keep ? 'release savepoint here' : 'rollback to savepoint here')
  if (!keep) draft.undone.push(...draft.kept.splice(-1))
}

/** Mostly short, sometimes none, now and then long. Whoever holds a lock is quick. */
async function pause(client: pg.Client, dice: Dice, holdsLock: boolean): Promise<void> {
  const kind = dice.below(20)
  const longestMs = kind === 0 && !holdsLock ? 1_500 : 40
  if (kind > 5) await client.query('select pg_sleep($1)', [dice.below(longestMs) / 1_000])
}

async function end(client: pg.Client, books: Books, draft: Draft, how: 'commit' | 'rollback'): Promise<void> {
  // Written down while the account is still locked: then this list has the order of the commits.
  if (how === 'commit' && draft.account) {
    books.order.set(draft.account, [...(books.order.get(draft.account) ?? []), ...draft.kept])
  }
  await client.query(how)
  books.transactions += 1
  const kept = how === 'commit' ? books.committed : books.undone
  for (const key of draft.kept) kept.add(key)
  for (const key of draft.undone) books.undone.add(key)
}

/** One transaction with so many intents, `name-1` and on. */
export async function commitMany(databaseUrl: string, name: string, count: number): Promise<void> {
  const call = `select count(*) from generate_series(1, $4::int) n
                cross join lateral readback.enqueue(tenant => $1, effect => $2, key => $3 || '-' || n, payload => '{}')`
  await withClient(databaseUrl, (client) => client.query(call, [TENANT, EFFECT, name, count]))
}

/** A transaction that has written an intent and stays open until it is told to commit. */
export async function holdOpen(databaseUrl: string, key: string): Promise<{ commit(): Promise<void> }> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query('begin')
  await enqueue(client, { kept: [], undone: [], account: null }, key)
  return closing(client)
}

/** The same in a database that has nothing to do with ours, but for the server. */
export async function holdOpenElsewhere(databaseUrl: string): Promise<{ commit(): Promise<void> }> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query('begin')
  await client.query('select pg_current_xact_id()')
  return closing(client)
}

const closing = (client: pg.Client) => ({
  async commit() {
    await client.query('commit')
    await client.end()
  },
})

export async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
