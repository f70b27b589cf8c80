import type { Pointer } from './json-pointer.ts'
import type { MatchRule } from './match.ts'
import type { RequestTemplate } from './request-template.ts'

/** How the effect is read back, parsed from `verify`. */
export type LookRules = {
  /** Works also when the answer was lost, and is the only look that sees a double. */
  readonly byKey: Look
  /** Cheaper, when the one answer came. */
  readonly byId: Look | null
  readonly settle: { readonly firstMs: number; readonly everyMs: number; readonly forMs: number }
  /** Must succeed before an `absent` is believed: a wrong folder or port answers like a missing thing. */
  readonly canary: Canary | null
}

export type Look = {
  readonly read: RequestTemplate
  readonly items: ItemsRule | null
  readonly present: { readonly statuses: readonly number[] | null; readonly match: readonly MatchRule[] }
  readonly pending: readonly MatchRule[]
  readonly failed: readonly MatchRule[]
  readonly removed: readonly MatchRule[]
  readonly absent: readonly AbsentRule[]
}

export type ItemsRule = {
  readonly at: Pointer
  readonly missingMeansEmpty: boolean
  /** Applied here, exactly, whatever the provider filtered by. */
  readonly where: readonly MatchRule[]
  readonly next: NextPage | null
}

export type NextPage = {
  readonly query: readonly (readonly [name: string, at: Pointer])[]
  readonly while: Pointer | null
  readonly maxPages: number
}

export type AbsentRule =
  | { readonly kind: 'no_items' }
  | {
      readonly kind: 'answer'
      readonly statuses: readonly number[] | null
      readonly match: readonly MatchRule[]
      readonly missing: Pointer | null
    }

export type Canary = {
  readonly read: RequestTemplate
  readonly statuses: readonly number[] | null
  readonly match: readonly MatchRule[]
}
