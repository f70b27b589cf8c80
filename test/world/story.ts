/** Everything that is known about one key from outside the product: what was asked for, what it says, what happened. */
import type { Effect, JournalLine, LedgerEntry } from '@readback/testing'
import { isWrite } from '@readback/testing'
import type pg from 'pg'
import { groupBy } from './group-by.ts'
import type { Intent } from './producer.ts'
import { PROVIDER_CLASSES, type ProviderClass, type Times } from './provider-class.ts'

export type Entry = {
  entry_id: string
  tenant: string
  effect_name: string
  key: string
  status: string
  state: string
  cause: string | null
  attempts: number
  settled_fence: string | null
  settled_at: Date | null
}

export type AttemptRow = { fence: string; kind: 'call' | 'look'; result: string; cause: string | null; ended_at: Date }

export type Story = {
  key: string
  provider: ProviderClass
  /** Of its contract, where they are not the usual ones. */
  times?: Times
  journal: (JournalLine & { intent?: Intent }) | undefined
  hasBusinessRow: boolean
  entry: Entry | undefined
  attempts: readonly AttemptRow[]
  /** Writes at the provider, in order. */
  calls: readonly LedgerEntry[]
  looks: readonly LedgerEntry[]
  effects: readonly Effect[]
  /** A person had it called again when it had been called so often: at once, whatever the provider had said of when. */
  replayedAfter?: readonly number[]
  /** Of those committed before it in its ordering key, the one right before it. */
  earlier?: Story
}

export type Providers = Partial<
  Record<ProviderClass, { ledger(): Promise<LedgerEntry[]>; effects(): Promise<Effect[]> }>
>

/** The provider last: what it shows is then at least as new as what the product says about it. */
export async function readStories(
  pool: pg.Pool,
  journal: ReadonlyMap<string, JournalLine & { intent?: Intent }>,
  providers: Providers,
): Promise<Story[]> {
  const { entries, attempts, businessKeys } = await readDatabase(pool)
  const stories: Story[] = []
  for (const provider of PROVIDER_CLASSES) {
    const outside = providers[provider]
    if (!outside) continue
    const ledger = groupBy(await outside.ledger(), (call) => call.key ?? '')
    const effects = groupBy(await outside.effects(), (effect) => effect.key ?? '')
    const asked = [...journal.values()].filter(({ intent }) => intent?.provider === provider).map(({ key }) => key)
    for (const key of new Set([...asked, ...ledger.keys(), ...effects.keys()])) {
      if (key === '') continue
      const entry = entries.get(key)
      stories.push({
        key,
        provider,
        journal: journal.get(key),
        hasBusinessRow: businessKeys.has(key),
        entry,
        attempts: (entry && attempts.get(entry.entry_id)) ?? [],
        calls: (ledger.get(key) ?? []).filter(isWrite),
        looks: (ledger.get(key) ?? []).filter((call) => !isWrite(call)),
        effects: effects.get(key) ?? [],
      })
    }
  }
  return inOrder(stories)
}

/** The journal names keys as they were committed, and so do the stories. */
function inOrder(stories: readonly Story[]): Story[] {
  const last = new Map<string, Story>()
  return stories.map((story) => {
    const { orderingKey, tenant } = story.journal?.intent ?? {}
    if (orderingKey === undefined || story.journal?.outcome !== 'committed') return story
    const name = `${tenant} ${orderingKey}`
    const earlier = last.get(name)
    const linked = earlier ? { ...story, earlier } : story
    last.set(name, linked)
    return linked
  })
}

async function readDatabase(pool: pg.Pool) {
  const entries = await pool.query<Entry>(
    `select e.entry_id, e.tenant, e.effect_name, e.key, e.status, e.state, e.cause, e.attempts, s.fence as settled_fence, e.settled_at
     from readback.effect e left join readback.settlement s using (entry_id)`,
  )
  const attempts = await pool.query<AttemptRow & { entry_id: string }>(
    'select entry_id, fence, kind, result, cause, ended_at from readback.every_attempt order by ended_at, fence',
  )
  const orders = await pool.query<{ key: string }>('select key from placed_order')
  return {
    entries: new Map(entries.rows.map((entry) => [entry.key, entry])),
    attempts: groupBy(attempts.rows, (attempt) => attempt.entry_id),
    businessKeys: new Set(orders.rows.map((order) => order.key)),
  }
}

/** What a person needs to see who asks why: every ledger in one, by time. */
export async function timelineOf(pool: pg.Pool, story: Story): Promise<string> {
  const lines: { atMs: number; who: string; what: string }[] = []
  if (story.journal)
    lines.push({ atMs: story.journal.atMs, who: 'producer', what: `was told that it is ${story.journal.outcome}` })
  for (const { atMs, method, path, fault, applied, replied, status, nth } of [...story.calls, ...story.looks]) {
    const what = `${method} ${path}, number ${nth}, fault ${fault}: applied ${applied}, replied ${replied} ${status ?? ''}`
    lines.push({ atMs, who: 'provider', what })
  }
  for (const { id, atMs, body } of story.effects)
    lines.push({ atMs, who: 'provider', what: `has ${id} ${JSON.stringify(body)}` })
  if (story.entry) {
    const { rows } = await pool.query<{ at: Date; what: string; detail: object }>(
      'select at, what, detail from readback.timeline($1)',
      [story.entry.entry_id],
    )
    for (const { at, what, detail } of rows)
      lines.push({ atMs: at.getTime(), who: 'product', what: `${what} ${JSON.stringify(detail)}` })
  }
  lines.sort((a, b) => a.atMs - b.atMs)
  const end = story.entry ? `ends ${story.entry.status} (${story.entry.state}, ${story.entry.cause})` : 'has no entry'
  const shown = lines.map(
    ({ atMs, who, what }) => `  ${new Date(atMs).toISOString().slice(11, 23)} ${who.padEnd(8)} ${what}`,
  )
  return [`${story.key} at the ${story.provider} provider ${end}`, ...shown].join('\n')
}
