/** `at` is where it stands among the others; -1: it no longer waits. */
type Waiter = { readonly stop: () => void; at: number }

const waitersOf = new WeakMap<AbortSignal, Waiter[]>()

/**
 * Calls `stop` when the signal aborts; returns how to no longer want that. A signal gets one listener, however many wait for it: hundreds
 * of calls share one, and each call of `addEventListener` walks over all that are there.
 *
 * An array and no Set: a Set that is always added to and deleted from leaves one table after the other behind, each linked to the next, and
 * of tables that have grown old the young collection keeps all that follow, with what they hold.
 */
export function onAbort(signal: AbortSignal, stop: () => void): () => void {
  const waiters = waitersOf.get(signal) ?? listenTo(signal)
  const waiter = { stop, at: waiters.length }
  waiters.push(waiter)
  return () => forget(waiters, waiter)
}

function listenTo(signal: AbortSignal): Waiter[] {
  const waiters: Waiter[] = []
  waitersOf.set(signal, waiters)
  signal.addEventListener('abort', () => [...waiters].forEach(({ stop }) => stop()), { once: true })
  return waiters
}

/** The last one takes its place. */
function forget(waiters: Waiter[], waiter: Waiter): void {
  const { at } = waiter
  const last = at < 0 ? undefined : waiters.pop()
  if (last === undefined) return
  waiter.at = -1
  if (last === waiter) return
  waiters[at] = last
  last.at = at
}
