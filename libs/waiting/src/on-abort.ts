const stopsOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `stop` when the signal aborts; returns how to no longer want that. A signal gets one listener, however many wait for it: hundreds
 * of calls share one, and each call of `addEventListener` walks over all that are there. And Node leaves a listener that is removed linked
 * to the one behind it, so that of a signal that lives long each one that has grown old keeps all later ones from the young collection.
 */
export function onAbort(signal: AbortSignal, stop: () => void): () => void {
  const stops = stopsOf.get(signal) ?? listenTo(signal)
  stops.add(stop)
  return () => void stops.delete(stop)
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const stops = new Set<() => void>()
  stopsOf.set(signal, stops)
  signal.addEventListener('abort', () => stops.forEach((stop) => stop()), { once: true })
  return stops
}
