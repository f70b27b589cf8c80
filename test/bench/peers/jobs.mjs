import { effectAt } from '../pipeline/post-and-look.mjs'

const MOST_AT_ONCE = 5_000

/** The effects that are asked for, in lists that go into a queue at once. */
export function* effectsInLists(effects) {
  for (let from = 0; from < effects; from += MOST_AT_ONCE)
    yield Array.from({ length: Math.min(MOST_AT_ONCE, effects - from) }, (_, nth) => effectAt(from + nth))
}

/** For `waitFor`: until the peer says that every job is completed. Looked at often, so that hardly anything is added to what is measured. */
export const UNTIL_ALL = { withinMs: 300_000, everyMs: 5 }

/** Sockets to the provider, as many as the bare loop has: no peer has more calls in flight, however many jobs it holds. */
export const IN_FLIGHT = 64
