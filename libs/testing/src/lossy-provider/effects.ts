/** What exists at the provider now. */

export type Json = Record<string, unknown>

export interface Effect {
  id: string
  collection: string
  key: string | null
  body: Json
  atMs: number
}

/** When looks see it. */
export interface Sight {
  fromMs: number
  /** Of searches: an index may lag. */
  indexedMs: number
  gone?: { fromMs: number; leaves: 'tombstone' | 'nothing' }
}

export interface Stored extends Effect, Sight {
  position: number
}

export interface Search {
  key: string | null
  /** Whether `key` may be only the beginning, as in many a provider's search, or does not matter at all. */
  by: 'exact' | 'prefix' | 'ignored'
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
  readonly #byId = new Map<string, Stored>()

  constructor(name: string) {
    this.#name = name
  }

  /** Without an id of its own, it is given the next. */
  add({ key, body, atMs, id }: Pick<Effect, 'key' | 'body' | 'atMs'> & { id?: string }, sight: Sight): Effect {
    const position = this.#stored.length
    const stored = {
      id: id ?? `${this.#name}_${position + 1}`,
      collection: this.#name,
      key,
      body,
      atMs,
      ...sight,
      position,
    }
    this.#stored.push(stored)
    this.#byId.set(stored.id, stored)
    const others = this.#byKey.get(key ?? '')
    if (others) others.push(stored)
    else this.#byKey.set(key ?? '', [stored])
    return stored
  }

  withKey(key: string | null): Effect | undefined {
    return key === null ? undefined : this.#byKey.get(key)?.[0]
  }

  find(id: string, nowMs: number): Stored | undefined {
    const stored = this.#byId.get(id)
    return stored && isSeen(stored, stored.fromMs, nowMs) ? stored : undefined
  }

  search({ key, by, startingAfter, limit }: Search, nowMs: number): { data: Stored[]; hasMore: boolean } {
    const after = startingAfter === null ? -1 : (this.#byId.get(startingAfter)?.position ?? -1)
    const found = this.#candidates(key, by).filter(
      (stored) => stored.position > after && isSeen(stored, stored.indexedMs, nowMs),
    )
    return { data: found.slice(0, limit), hasMore: found.length > limit }
  }

  all(): Effect[] {
    return this.#stored.map(({ id, collection, key, body, atMs }) => ({ id, collection, key, body, atMs }))
  }

  #candidates(key: string | null, by: Search['by']): Stored[] {
    if (key === null || by === 'ignored') return this.#stored
    return by === 'prefix' ? this.#stored.filter((stored) => stored.key?.startsWith(key)) : (this.#byKey.get(key) ?? [])
  }
}

function isSeen({ gone }: Stored, fromMs: number, nowMs: number): boolean {
  return fromMs <= nowMs && !(gone?.leaves === 'nothing' && gone.fromMs <= nowMs)
}
