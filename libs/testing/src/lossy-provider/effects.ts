/** What exists at the provider now. */

export type Json = Record<string, unknown>

export interface Effect {
  id: string
  collection: string
  key: string | null
  body: Json
  atMs: number
}

interface Stored extends Effect {
  visibleAtMs: number
  position: number
}

export interface Search {
  key: string | null
  /** Whether `key` may be only the beginning, as in many a provider's search. */
  loose: boolean
  startingAfter: string | null
  limit: number
}

export class Effects {
  readonly #collections = new Map<string, Collection>()

  of(name: string): Collection {
    const known = this.#collections.get(name)
    if (known) return known
    const collection = new Collection(name)
    this.#collections.set(name, collection)
    return collection
  }

  all(collection?: string): Effect[] {
    const wanted = collection === undefined ? [...this.#collections.values()] : [this.of(collection)]
    return wanted.flatMap((one) => one.all())
  }

  clear(): void {
    this.#collections.clear()
  }
}

export class Collection {
  readonly #name: string
  readonly #stored: Stored[] = []
  readonly #byKey = new Map<string, Stored[]>()

  constructor(name: string) {
    this.#name = name
  }

  add(key: string | null, body: Json, atMs: number, visibleAtMs: number): Effect {
    const position = this.#stored.length
    const id = `${this.#name}_${position + 1}`
    const stored = { id, collection: this.#name, key, body, atMs, visibleAtMs, position }
    this.#stored.push(stored)
    const others = this.#byKey.get(key ?? '')
    if (others) others.push(stored)
    else this.#byKey.set(key ?? '', [stored])
    return stored
  }

  withKey(key: string | null): Effect | undefined {
    return key === null ? undefined : this.#byKey.get(key)?.[0]
  }

  find(id: string, nowMs: number): Effect | undefined {
    const stored = this.#at(id)
    return stored && stored.visibleAtMs <= nowMs ? stored : undefined
  }

  search({ key, loose, startingAfter, limit }: Search, nowMs: number): { data: Effect[]; hasMore: boolean } {
    const after = startingAfter === null ? -1 : (this.#at(startingAfter)?.position ?? -1)
    const found = this.#candidates(key, loose).filter(
      (stored) => stored.position > after && stored.visibleAtMs <= nowMs,
    )
    return { data: found.slice(0, limit), hasMore: found.length > limit }
  }

  all(): Effect[] {
    return this.#stored.map(({ id, collection, key, body, atMs }) => ({ id, collection, key, body, atMs }))
  }

  #at(id: string): Stored | undefined {
    const stored = this.#stored[Number(id.slice(this.#name.length + 1)) - 1]
    return stored?.id === id ? stored : undefined
  }

  #candidates(key: string | null, loose: boolean): Stored[] {
    if (key === null) return this.#stored
    return loose ? this.#stored.filter((stored) => stored.key?.startsWith(key)) : (this.#byKey.get(key) ?? [])
  }
}

/** An effect as the provider's API shows it. */
export function render(effect: Pick<Effect, 'id' | 'key' | 'body'>): string {
  const { metadata } = effect.body
  const own = typeof metadata === 'object' && metadata !== null ? metadata : {}
  return JSON.stringify({ ...effect.body, id: effect.id, metadata: { ...own, key: effect.key } })
}
