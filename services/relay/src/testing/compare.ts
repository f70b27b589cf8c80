import type { Books } from './producers.ts'

/** Committed against published. */
export type Comparison = {
  committed: number
  published: number
  /** Committed and never published. */
  missing: string[]
  /** Published and never committed. */
  phantom: string[]
  /** Published more than once; each further time counts. */
  duplicates: number
  /** Accounts whose keys were first published in another order than they were committed in. */
  outOfOrder: string[]
}

export function compare({ committed, order }: Books, published: readonly string[]): Comparison {
  const firsts = [...new Set(published)]
  const place = new Map(firsts.map((key, index) => [key, index]))
  const isOutOfOrder = ([, keys]: [string, string[]]) => keys.some((key, n) => n > 0 && at(key) < at(keys[n - 1]))
  const at = (key: string | undefined) => place.get(key ?? '') ?? -1
  return {
    committed: committed.size,
    published: published.length,
    missing: [...committed].filter((key) => !place.has(key)),
    phantom: firsts.filter((key) => !committed.has(key)),
    duplicates: published.length - firsts.length,
    outOfOrder: [...order].filter(isOutOfOrder).map(([account]) => account),
  }
}
