import {
  accountedTo,
  type Database,
  findUnclaimed,
  firstOpenId,
  rememberAccounted,
  type UnclaimedRequest,
  type UnclaimedScan,
} from '@readback/store'
import type { Leadership } from './leadership.ts'
import type { RelayObservation } from './observation.ts'
import type { Publish } from './publish.ts'

export type HealDeps = {
  db: Database
  relay: () => string
  leadership: Pick<Leadership, 'shards' | 'isBehind' | 'groups'>
  publish: Publish
  /** How much is published and not yet accepted. */
  backlog: () => Promise<number>
  monotonicMs: () => number
  /** Younger entries are not looked for; 5 s if not given. */
  graceMs?: number
  observe: (observation: RelayObservation) => void
  /** Told that there is a walk to be made, which does not wait for the next sweep. */
  onWalk: () => void
}

const FIRST = '00000000-0000-0000-0000-000000000000'
const PAGE_ROWS = 5_000
/** An entry is given this long from its commit to its claim before it is looked for. */
const GRACE_MS = 5_000
const PATIENCE_MS = 60_000

/** A search through entries whose references are known to be lost, without a grace. */
export type Walk = {
  shards: readonly number[]
  /** Every entry, or only what this snapshot shows: the rest is still to be captured. */
  visibleIn: string | null
}

/**
 * Finds committed entries that nobody has claimed (a wiped topic, a queue that died with its process, a restored
 * database) and publishes them again.
 */
export class Healer {
  readonly #deps: HealDeps
  /** Everything up to here is accounted for; null: read it from the cursor first. */
  #accountedTo: string | null = null
  /** How far this sweep is; null: at its end, the next one starts at `#accountedTo`. */
  #sweptTo: string | null = null
  /** So far in this sweep. */
  #allClaimed = true
  #sweptShards = ''
  readonly #walks: (Walk & { after: string | null })[] = []

  #sweptAtMs: number

  constructor(deps: HealDeps) {
    this.#deps = deps
    this.#sweptAtMs = deps.monotonicMs()
  }

  /** To be walked by the next rounds. */
  walk(walk: Walk): void {
    this.#startOver([])
    this.#walks.push({ ...walk, after: walk.visibleIn === null ? FIRST : null })
    this.#deps.onWalk()
  }

  /** One page. Returns 1 when there may be more. */
  async runOnce(): Promise<number> {
    const [walk] = this.#walks
    return walk ? this.#walkPage(walk) : this.#sweepPage()
  }

  async #walkPage(walk: Walk & { after: string | null }): Promise<number> {
    const shards = walk.shards.filter((shard) => this.#deps.leadership.shards().includes(shard))
    walk.after ??= await accountedTo(this.#deps.db, shards)
    const visibleIn = walk.visibleIn === null ? null : [walk.visibleIn]
    const scan = await this.#scan({ after: walk.after, shards, olderThanMs: 0, visibleIn })
    await this.#publish(scan.unclaimed)
    if (scan.more) walk.after = scan.scannedTo
    else this.#walks.shift()
    return 1
  }

  async #sweepPage(): Promise<number> {
    const { leadership } = this.#deps
    const shards = leadership.shards()
    const isPatient = this.#isPatient()
    if (shards.length === 0 || (isPatient && (await this.#othersWait()))) return 0
    this.#sweptAtMs = this.#deps.monotonicMs()
    // A transaction that was open for longer than the grace has just ended, maybe: its entries are still to be captured, and not lost.
    const visibleIn = isPatient ? leadership.groups().map(({ read }) => read.snapshot) : null
    if (shards.join() !== this.#sweptShards) this.#startOver(shards)
    const openFrom = await firstOpenId(this.#deps.db)
    this.#accountedTo ??= await accountedTo(this.#deps.db, shards)
    const after = this.#sweptTo ?? this.#accountedTo
    const scan = await this.#scan({ after, shards, olderThanMs: this.#deps.graceMs ?? GRACE_MS, visibleIn })
    this.#deps.observe({ type: 'books_checked', unclaimed: scan.unclaimed.length })
    await this.#publish(scan.unclaimed)
    this.#allClaimed &&= scan.unclaimed.length === 0 && !scan.unseen
    // An entry that nobody can claim holds the account back, and not the search behind it.
    if (this.#allClaimed && scan.scannedTo !== null)
      await this.#account(shards, scan.scannedTo < openFrom ? scan.scannedTo : openFrom)
    // Only behind a full page: the grace of another entry ends every moment, and a sweep must not run after each of them.
    this.#sweptTo = scan.more ? scan.scannedTo : null
    if (!scan.more) this.#allClaimed = true
    return scan.more ? 1 : 0
  }

  /** Where the sweep of a shard starts stands in its cursor. */
  #startOver(shards: readonly number[]): void {
    this.#sweptShards = shards.join()
    this.#accountedTo = null
    this.#sweptTo = null
    this.#allClaimed = true
  }

  /** What lies beyond an open transaction is swept as well, and again: it may show more there. */
  async #account(shards: readonly number[], upTo: string): Promise<void> {
    if (this.#accountedTo === null || upTo <= this.#accountedTo) return
    this.#accountedTo = upTo
    await rememberAccounted(this.#deps.db, { relay: this.#deps.relay(), shards, upTo })
  }

  /**
   * Unclaimed is normal while entries are still to be captured, and while references wait for a worker. With none waiting
   * before the search, what it finds is lost; if some are always waiting, it is made all the same from time to time.
   */
  async #othersWait(): Promise<boolean> {
    return this.#deps.leadership.isBehind() || (await this.#deps.backlog()) > 0
  }

  #isPatient(): boolean {
    return this.#deps.monotonicMs() - this.#sweptAtMs < PATIENCE_MS
  }

  #scan(request: Omit<UnclaimedRequest, 'pageRows'>): Promise<UnclaimedScan> {
    return findUnclaimed(this.#deps.db, { ...request, pageRows: PAGE_ROWS })
  }

  async #publish(unclaimed: UnclaimedScan['unclaimed']): Promise<void> {
    if (unclaimed.length === 0) return
    await this.#deps.publish('deliver', unclaimed)
    this.#deps.observe({ type: 'unclaimed_healed', count: unclaimed.length })
  }
}
