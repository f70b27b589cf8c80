import {
  adoptLineage,
  advanceCursor,
  currentLineage,
  type Database,
  type LedShard,
  leadShards,
  type ReadUpTo,
  releaseShards,
  restartCursor,
  startOf,
} from '@readback/store'
import type { Walk } from './heal.ts'
import type { RelayObservation } from './observation.ts'

/** Shards that were read up to the same point, and are read on together. */
export type ShardGroup = {
  shards: readonly number[]
  /** Read up to here. */
  read: ReadUpTo
}

type Cursor = {
  /** The snapshot in the database; the next one replaces it by compare-and-set. */
  stored: string
  /** What it shows is published. That more was read and nothing was there need not be written down. */
  published: string
  read: ReadUpTo
  /** Rows may be there that were not published yet; each shard is, when it is taken over. */
  behind: boolean
}

const startingAt = (snapshot: string): Cursor => ({
  stored: snapshot,
  published: snapshot,
  read: startOf(snapshot),
  behind: true,
})

export type LeadershipDeps = {
  db: Database
  relay: () => string
  observe: (observation: RelayObservation) => void
  /** References of these shards are lost: with the queue of their last leader, or with its server. */
  onRefsLost: (walk: Walk) => void
}

export type LeadershipOptions = {
  role: string
  leaseMs: number
  /** Equal parts for all live relays, or everything for the first. */
  shared: boolean
  /** The references of a relay that ends are gone with it, because its dispatch lives in its memory. */
  volatileDispatch: boolean
}

/** Which shards this relay leads, and how far each was read. */
export class Leadership {
  readonly #deps: LeadershipDeps
  readonly #options: LeadershipOptions
  readonly #cursors = new Map<number, Cursor>()

  constructor(deps: LeadershipDeps, options: LeadershipOptions) {
    this.#deps = deps
    this.#options = options
  }

  shards(): readonly number[] {
    return [...this.#cursors.keys()]
  }

  /** Whether entries of these shards may be unclaimed because they are still to be captured. */
  isBehind(): boolean {
    return [...this.#cursors.values()].some(({ behind }) => behind)
  }

  groups(): readonly ShardGroup[] {
    return this.#alike(({ read }) => textOf(read)).map(({ shards, cursor }) => ({ shards, read: cursor.read }))
  }

  /** The shards whose cursors have the same name, with one of these; not those without a name. */
  #alike(nameOf: (cursor: Cursor) => string | null): readonly { shards: readonly number[]; cursor: Cursor }[] {
    const groups = new Map<string, { shards: number[]; cursor: Cursor }>()
    for (const [shard, cursor] of this.#cursors) {
      const name = nameOf(cursor)
      if (name === null) continue
      const group = groups.get(name) ?? { shards: [], cursor }
      group.shards.push(shard)
      groups.set(name, group)
    }
    return [...groups.values()]
  }

  /** Nothing was there to publish. */
  readTo(shards: readonly number[], read: ReadUpTo): void {
    this.#change(shards, { read, behind: false })
  }

  /** Something is there, and is being published. */
  found(shards: readonly number[]): void {
    this.#change(shards, { behind: true })
  }

  /** What was there up to here is published. `more` is there behind it. */
  publishedTo(shards: readonly number[], read: ReadUpTo, { more }: { more: boolean }): void {
    this.#change(shards, { read, published: read.snapshot, behind: more })
  }

  #change(shards: readonly number[], to: Partial<Cursor>): void {
    for (const shard of shards) {
      const cursor = this.#cursors.get(shard)
      if (cursor) Object.assign(cursor, to)
    }
  }

  /** Moves the cursors in the database behind what was published. Returns how many shards that were. More may be published meanwhile. */
  async writeDown(): Promise<number> {
    let moved = 0
    const ahead = this.#alike(({ stored, published }) => (stored === published ? null : `${stored} ${published}`))
    // As they are now: they move on while others are written.
    const moves = ahead.map(({ shards, cursor }) => ({ shards, from: cursor.stored, to: cursor.published }))
    for (const move of moves) {
      const isMoved = await advanceCursor(this.#deps.db, { relay: this.#deps.relay(), ...move })
      // Some may have been restarted meanwhile.
      const same = move.shards.filter((shard) => this.#cursors.get(shard)?.stored === move.from)
      if (isMoved) {
        this.#change(same, { stored: move.to })
        moved += same.length
      } else this.lost(same)
    }
    return moved
  }

  lost(shards: readonly number[]): void {
    for (const shard of shards) this.#cursors.delete(shard)
  }

  /** Renews the leases and takes over what is free. Returns how many shards were taken over. */
  async renew(): Promise<number> {
    const led = await leadShards(this.#deps.db, { relay: this.#deps.relay(), ...this.#options })
    const gone = this.shards().filter((shard) => !led.some((each) => each.shard === shard))
    if (gone.length > 0) this.#deps.observe({ type: 'shards_lost', shards: gone })
    this.lost(gone)
    const fresh = led.filter((each) => each.taken_over || !this.#cursors.has(each.shard))
    if (fresh.length > 0) await this.#takeOver(fresh)
    return fresh.length
  }

  /** Another server, or xids that went backwards: the snapshots say nothing here, so everything open is published again. */
  async restart(shards: readonly number[]): Promise<void> {
    const lineage = await currentLineage(this.#deps.db)
    const restarted = await restartCursor(this.#deps.db, { relay: this.#deps.relay(), shards, lineage })
    // Not before: a renewal would take them for shards that are new here, with the cursors that it has read.
    this.lost(shards)
    for (const { shard, snapshot } of restarted) this.#cursors.set(shard, startingAt(snapshot))
    this.#deps.observe({ type: 'cursor_rebuilt', shards, lineage })
    this.#deps.onRefsLost({ shards, visibleIn: null })
  }

  async release(): Promise<void> {
    await this.writeDown()
    this.#cursors.clear()
    await releaseShards(this.#deps.db, this.#deps.relay())
  }

  async #takeOver(fresh: readonly LedShard[]): Promise<void> {
    const lineage = await currentLineage(this.#deps.db)
    const strange = fresh.filter((each) => each.lineage !== null && each.lineage !== lineage).map((each) => each.shard)
    if (strange.length > 0) await this.restart(strange)
    const known = fresh.filter((each) => !strange.includes(each.shard))
    const fresher = known.filter((each) => each.lineage === null).map((each) => each.shard)
    if (fresher.length > 0) await adoptLineage(this.#deps.db, { relay: this.#deps.relay(), shards: fresher, lineage })
    for (const { shard, snapshot } of known) this.#cursors.set(shard, startingAt(snapshot))
    this.#deps.observe({ type: 'shards_led', shards: fresh.map((each) => each.shard) })
    if (!this.#options.volatileDispatch) return
    // What the last leader had captured was in its memory; the rest is still to be captured by this one.
    for (const snapshot of new Set(known.map((each) => each.snapshot))) {
      const shards = known.filter((each) => each.snapshot === snapshot).map((each) => each.shard)
      this.#deps.onRefsLost({ shards, visibleIn: snapshot })
    }
  }
}

const textOf = ({ snapshot, part }: ReadUpTo) => (part ? `${snapshot} ${part.xid} ${part.position}` : snapshot)
