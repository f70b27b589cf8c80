import { accountedTo, type Database, findUnclaimed, rememberAccounted } from '@readback/store'
import type { Leadership } from './leadership.ts'
import type { Publish, RelayObservation } from './relay.ts'

export type HealDeps = {
  db: Database
  relay: () => string
  leadership: Leadership
  publish: Publish
  /** References that are published and not yet accepted. */
  backlog: () => Promise<number>
  observe: (observation: RelayObservation) => void
}

const FIRST = '00000000-0000-0000-0000-000000000000'
const PAGE_ROWS = 5_000
/** An entry is given this long from its commit to its claim before it is looked for. */
const GRACE_MS = 5_000

/**
 * Finds committed entries that nobody has claimed (a wiped topic, a queue that died with its process, a restored
 * database) and publishes them again.
 */
export class Healer {
  readonly #deps: HealDeps
  /** Everything up to here is accounted for; null: read it from the cursor first. */
  #accountedTo: string | null = null
  /** A walk through everything that is still open, because references are known to be lost. */
  #rebuild: { shards: readonly number[]; after: string } | null = null

  constructor(deps: HealDeps) {
    this.#deps = deps
  }

  /** After a takeover: what the last leader had published and nobody claimed is looked for at once. */
  async lookFor(shards: readonly number[], why: 'queue_lost' | 'server_changed'): Promise<void> {
    this.#accountedTo = null
    const after = why === 'server_changed' ? FIRST : await accountedTo(this.#deps.db, shards)
    this.#rebuild = { shards: [...new Set([...(this.#rebuild?.shards ?? []), ...shards])], after }
  }

  /** One page. Returns how many entries were published again. */
  async runOnce(): Promise<number> {
    return this.#rebuild ? this.#rebuildPage(this.#rebuild) : this.#sweepPage()
  }

  async #rebuildPage(rebuild: { shards: readonly number[]; after: string }): Promise<number> {
    const shards = rebuild.shards.filter((shard) => this.#deps.leadership.shards().includes(shard))
    const scan = await findUnclaimed(this.#deps.db, {
      after: rebuild.after,
      shards,
      olderThanMs: 0,
      pageRows: PAGE_ROWS,
    })
    if (scan.scannedTo === null) this.#rebuild = null
    else rebuild.after = scan.scannedTo
    await this.#publish(scan.unclaimed)
    return scan.scannedTo === null ? 0 : PAGE_ROWS
  }

  async #sweepPage(): Promise<number> {
    const shards = this.#deps.leadership.shards()
    if (shards.length === 0) return 0
    const after = this.#accountedTo ?? (await accountedTo(this.#deps.db, shards))
    const scan = await findUnclaimed(this.#deps.db, { after, shards, olderThanMs: GRACE_MS, pageRows: PAGE_ROWS })
    if (scan.unclaimed.length > 0) {
      this.#accountedTo = after
      return this.#healIfLost(scan.unclaimed)
    }
    this.#accountedTo = scan.scannedTo ?? after
    if (scan.scannedTo)
      await rememberAccounted(this.#deps.db, { relay: this.#deps.relay(), shards, upTo: scan.scannedTo })
    this.#deps.observe({ type: 'books_checked', unclaimed: 0 })
    return 0
  }

  /** Unclaimed is normal while references wait for a worker. With none waiting, they are lost. */
  async #healIfLost(unclaimed: Parameters<Publish>[1]): Promise<number> {
    if ((await this.#deps.backlog()) > 0) return 0
    this.#deps.observe({ type: 'books_checked', unclaimed: unclaimed.length })
    await this.#publish(unclaimed)
    return 0
  }

  async #publish(unclaimed: Parameters<Publish>[1]): Promise<void> {
    if (unclaimed.length === 0) return
    await this.#deps.publish('deliver', unclaimed)
    this.#deps.observe({ type: 'unclaimed_healed', count: unclaimed.length })
  }
}
