/** Application services that go on committing while everything around them dies, and write down what they were told. */
import { type Journal, type JournalLine, openJournal, readJournal } from '@readback/testing'
import pg from 'pg'
import { type Intent, intentsFor } from '../world/producer.ts'
import { chooseIntent, type Dice } from './choices.ts'

export type Producers = {
  committed(): number
  /** Resolves when as many as were wanted are committed. */
  done: Promise<unknown>
  journal(): Map<string, JournalLine & { intent?: Intent }>
}

export type ProducerDeps = {
  databaseUrl: string
  journalFile: string
  dice: Dice
  /** Begins every key. */
  name: string
  rest(ms: number): Promise<void>
}

const PRODUCERS = 4
const TRY_AGAIN_MS = 200

type Next = { intent: Intent; rollBack: boolean }

/** Commits `count` intents, evenly over `ms`; after an outage they hurry until they have caught up. */
export function startProducers(deps: ProducerDeps, count: number, ms: number): Producers {
  const journal = openJournal(deps.journalFile)
  const next = chooser(deps)
  const startedMs = performance.now()
  let committed = 0
  let claimed = 0

  const produce = async () => {
    const session = createSession(deps.databaseUrl)
    while (committed + claimed < count) {
      claimed += 1
      await deps.rest(startedMs + ((committed + claimed) / count) * ms - performance.now())
      if (await insist(next(), session, journal, deps.rest)) committed += 1
      claimed -= 1
    }
    await session.end()
  }
  return {
    committed: () => committed,
    done: Promise.all(Array.from({ length: PRODUCERS }, produce)),
    journal: () => readJournal(deps.journalFile) as Map<string, JournalLine & { intent?: Intent }>,
  }
}

function chooser({ dice, name }: ProducerDeps): () => Next {
  let count = 0
  return () => {
    const { provider, tenant, rollBack } = chooseIntent(dice)
    count += 1
    const [intent] = intentsFor(provider, `${name}-${count}`, 1, tenant)
    if (!intent) throw new Error('One intent was asked for.')
    return { intent, rollBack }
  }
}

/** Until it knows what became of it: the same key again does no harm. True: it is committed. */
async function insist({ intent, rollBack }: Next, session: Session, journal: Journal, rest: ProducerDeps['rest']) {
  for (;;) {
    journal.begin(intent.key, intent)
    try {
      const rows = await transact(await session.client(), intent, rollBack ? 'rollback' : 'commit')
      // A transaction whose answer was lost may have been committed; rolling back another one later does not undo that.
      const outcome = rows === 0 || !rollBack ? 'committed' : 'rolled_back'
      journal.end(intent.key, outcome)
      return outcome === 'committed'
    } catch {
      session.forget()
      await rest(TRY_AGAIN_MS)
    }
  }
}

/** The business row and the intent together. Returns how many business rows are new. */
async function transact(client: pg.Client, intent: Intent, end: 'commit' | 'rollback'): Promise<number> {
  const { tenant, effect, key } = intent
  const payload = JSON.stringify(intent.payload)
  await client.query('begin')
  const inserted = await client.query('insert into placed_order values ($1, $2) on conflict do nothing', [key, payload])
  await client.query('select * from readback.enqueue($1, $2, $3, $4)', [tenant, effect, key, payload])
  await client.query(end)
  return inserted.rowCount ?? 0
}

type Session = { client(): Promise<pg.Client>; forget(): void; end(): Promise<void> }

function createSession(connectionString: string): Session {
  let current: pg.Client | null = null
  return {
    async client() {
      if (current) return current
      const client = new pg.Client({ connectionString })
      // Said by a session that is cut; whoever was using it is told as well.
      client.on('error', () => {})
      await client.connect()
      current = client
      return client
    },
    forget() {
      void current?.end().catch(() => {})
      current = null
    },
    async end() {
      await current?.end()
    },
  }
}
