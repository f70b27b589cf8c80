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
  #all: Stored[] = []
  readonly #byId = new Map<string, Stored>()
  readonly #byKey = new Map<string, Stored[]>()

  add(effect: Omit<Effect, 'id'>, visibleAtMs: number): Effect {
    const id = `${effect.collection}_${this.#all.length + 1}`
    const stored = { ...effect, id, visibleAtMs, position: this.#all.length }
    this.#all.push(stored)
    this.#byId.set(id, stored)
    const key = keyWithin(effect.collection, effect.key)
    const others = this.#byKey.get(key)
    if (others) others.push(stored)
    else this.#byKey.set(key, [stored])
    return stored
  }

  /** The same effect with another body, for providers that overwrite. */
  replace(id: string, body: Json): void {
    const stored = this.#byId.get(id)
    if (stored) stored.body = body
  }

  withKey(collection: string, key: string | null): Effect | undefined {
    return key === null ? undefined : this.#byKey.get(keyWithin(collection, key))?.at(0)
  }

  find(collection: string, id: string, nowMs: number): Effect | undefined {
    const stored = this.#byId.get(id)
    return stored && stored.collection === collection && stored.visibleAtMs <= nowMs ? stored : undefined
  }

  search(collection: string, search: Search, nowMs: number): { data: Effect[]; hasMore: boolean } {
    const after = search.startingAfter === null ? -1 : (this.#byId.get(search.startingAfter)?.position ?? -1)
    const found = this.#candidates(collection, search).filter(
      (stored) => stored.position > after && stored.visibleAtMs <= nowMs,
    )
    return { data: found.slice(0, search.limit), hasMore: found.length > search.limit }
  }

  #candidates(collection: string, { key, loose }: Search): Stored[] {
    if (key !== null && !loose) return this.#byKey.get(keyWithin(collection, key)) ?? []
    return this.#all.filter((stored) => stored.collection === collection && (stored.key ?? '').startsWith(key ?? ''))
  }

  all(collection?: string): Effect[] {
    const wanted = collection === undefined ? this.#all : this.#all.filter((one) => one.collection === collection)
    return wanted.map(({ id, collection, key, body, atMs }) => ({ id, collection, key, body, atMs }))
  }

  clear(): void {
    this.#all = []
    this.#byId.clear()
    this.#byKey.clear()
  }
}

const keyWithin = (collection: string, key: string | null): string => `${collection}\0${key ?? ''}`

/** An effect as the provider's API shows it. */
export function render(effect: Effect): string {
  const { metadata } = effect.body
  const own = typeof metadata === 'object' && metadata !== null ? metadata : {}
  return JSON.stringify({ ...effect.body, id: effect.id, metadata: { ...own, key: effect.key } })
}
