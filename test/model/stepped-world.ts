/** The product in the hands of one run: nothing happens but what a command says, and the outside world is as bad as it says. */

import type { EntryRef, Topic } from '@readback/dispatch'
import type { RelayStep } from '@readback/relay/steps'
import { type FaultName, type FaultPlan, isWrite } from '@readback/testing'
import { EFFECTS, PROVIDER_CLASSES } from '../world/provider-class.ts'
import { readStories, type Story } from '../world/story.ts'
import { type Bench, TIMES } from './bench.ts'
import type { Blow, Body } from './body.ts'
import { KeptRefs } from './kept-refs.ts'
import { passTime } from './pass-time.ts'
import { type Consuming, createRelaying, type Done, type Relaying, startConsuming } from './stepped-role.ts'

export type Place = 0 | 1
export type Delivery = { topic: Topic; count: number; places: readonly Place[]; blow: Blow | null }

type Handed = { batch: readonly EntryRef[]; blow: Blow | null }
type Struck = { body: Body }

const PLACES = [0, 1] as const
const HEALING_STEPS: readonly RelayStep[] = ['lead', 'capture', 'jobs', 'release', 'republish', 'sweep']
/** First too short for what the contracts want to be waited for, so that it shows who does not wait; then longer than all of it. */
const HASTE_MS = [25_000, 25_000]
const PATIENCE_MS = 180_000
const ROUNDS_MAX = 40

export class SteppedWorld {
  readonly bench: Bench
  readonly refs = new KeptRefs()
  readonly #consuming = new Map<string, Consuming>()
  #relaying: Relaying | null = null
  #frozen: (Struck & { comeBack: () => void })[] = []

  constructor(bench: Bench) {
    this.bench = bench
  }

  /** Hands references over to a worker or a verifier, or to two at once. They are forgotten once one of them has claimed. */
  async deliver({ topic, count, places, blow }: Delivery): Promise<void> {
    const batch = this.refs.first(topic, count)
    if (batch.length === 0) return
    const done = await Promise.all(places.map((place) => this.#accept(topic, place, { batch, blow })))
    if (done.includes('done')) this.refs.forget(topic, batch)
  }

  async #accept(topic: Topic, place: Place, { batch, blow }: Handed): Promise<Done> {
    const name = `${topic} ${place}`
    const role = this.#consuming.get(name) ?? (await startConsuming(this.bench, this.refs, topic))
    this.#consuming.set(name, role)
    const done = await role.accept(batch, blow)
    if (role.body.state === 'well') return done
    this.#consuming.delete(name)
    this.#layDown(role, () => {
      if (!this.#consuming.has(name)) this.#consuming.set(name, role)
    })
    return done
  }

  /** One step of the relay that leads; without one, another tries to. */
  async relay(step: RelayStep, blow: Blow | null = null): Promise<void> {
    const relay = this.#relaying ?? createRelaying(this.bench, this.refs)
    if (this.#relaying === null) await relay.step('lead', null)
    this.#relaying = relay
    await relay.step(step, blow)
    if (relay.body.state === 'well') return
    this.#relaying = null
    this.#layDown(relay, () => {
      this.#relaying ??= relay
    })
  }

  #layDown({ body }: Struck, comeBack: () => void): void {
    if (body.state === 'frozen') this.#frozen.push({ body, comeBack })
  }

  /** Who was frozen goes on where it stood, and has its place again if nobody took it; what was stalled goes on as well. */
  async thaw(): Promise<void> {
    const frozen = this.#frozen.splice(0)
    for (const { comeBack } of frozen) comeBack()
    for (const { body } of new Set<Struck>([...frozen, ...this.#consuming.values()])) {
      body.thaw()
      await body.quiet()
    }
  }

  async weather(writes: FaultName, looks: FaultName): Promise<void> {
    await this.bench.provider.plan(planOf(writes, looks))
  }

  async pass(ms: number): Promise<void> {
    await passTime(this.bench, ms)
  }

  /** Every reference that there is, by workers and verifiers that stay alive. */
  async drain(): Promise<void> {
    for (let nth = 0; nth < ROUNDS_MAX && this.refs.size('deliver') + this.refs.size('verify') > 0; nth += 1)
      for (const topic of ['deliver', 'verify'] as const)
        await this.deliver({ topic, count: 100, places: [PLACES[nth % 2] ?? 0], blow: null })
  }

  /** All that is wrong ends, and time passes until nothing is under way. Only then do the last sleepers wake up: now they are dangerous. */
  async heal(): Promise<void> {
    await this.weather('none', 'none')
    await this.#settle()
    if (this.#frozen.length === 0 && ![...this.#consuming.values()].some(({ body }) => body.isStalled)) return
    await this.thaw()
    await this.#settle()
  }

  async #settle(): Promise<void> {
    // Once more when nothing is under way: what was held for something that ended unseen is found by then.
    for (let round = 0, idle = 0; round < ROUNDS_MAX && idle < 2; round += 1) {
      for (const step of HEALING_STEPS) await this.relay(step)
      await this.drain()
      const { busy, held } = await this.#underWay()
      if (busy === 0) idle += held > 0 ? 1 : 2
      else await this.pass(HASTE_MS[round] ?? PATIENCE_MS)
    }
  }

  async #underWay(): Promise<{ busy: number; held: number }> {
    const { rows } = await this.bench.db.pool.query<{ busy: number; held: number }>({
      name: 'under_way',
      text: UNDER_WAY,
    })
    return rows[0] ?? { busy: 0, held: 0 }
  }

  /** How often the provider was asked to make the effect of a key. */
  async callsOf(key: string): Promise<number> {
    return (await this.bench.provider.calls(key)).filter(isWrite).length
  }

  async stories(journal: Parameters<typeof readStories>[1]): Promise<Story[]> {
    const [ledger, effects] = await Promise.all([this.bench.provider.ledger(), this.bench.provider.effects()])
    // As the database has it: what happened before a leap is that much longer ago.
    for (const each of [...ledger, ...effects]) each.atMs -= this.bench.clock.aheadMs
    const ofClass = PROVIDER_CLASSES.map((provider) => {
      const isOfIt = (one: { collection: string | null }) => one.collection === EFFECTS[provider].collection
      return [
        provider,
        { ledger: async () => ledger.filter(isOfIt), effects: async () => effects.filter(isOfIt) },
      ] as const
    })
    const stories = await readStories(this.bench.db.pool, journal, Object.fromEntries(ofClass))
    const { clock } = this.bench
    return stories.map(({ journal: line, entry, ...story }) => ({
      ...story,
      times: TIMES,
      journal: line && { ...line, atMs: clock.seenFromNow(line.atMs) },
      entry: entry && {
        ...entry,
        settled_at: entry.settled_at && new Date(clock.seenFromNow(entry.settled_at.getTime())),
      },
    }))
  }
}

const UNDER_WAY = `
  select (select count(*) from readback.delivery where state = 'held') as held,
    (select count(*) from readback.delivery where state not in ('dead', 'held'))
    + (select count(*) from readback.blocker where ended)
    + (select count(*) from readback.outbox o
       where not exists (select from readback.delivery d where d.entry_id = o.entry_id)
         and not exists (select from readback.settlement s where s.entry_id = o.entry_id)) as busy`

/** Within what the contracts promise: shown and done before settle time and execution delay are over. */
const DETAILS = {
  'lost-then-applied': { delayMs: 30_000 },
  'shown-late': { delayMs: 30_000 },
  'rate-limited': { retryAfter: { as: 'seconds', ms: TIMES.retryAfterMs } },
} as const

const planOf = (writes: FaultName, looks: FaultName): FaultPlan => ({
  writes: { weights: { [writes]: 1 }, details: DETAILS },
  looks: { weights: { [looks]: 1 }, details: DETAILS },
})
