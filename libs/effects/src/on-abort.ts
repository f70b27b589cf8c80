const stopsOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `stop` when the signal aborts; returns how to no longer want that. Hundreds of calls share one signal, so it gets one
 * listener: listeners of its own for each would cost a walk over all of them per call, and a warning from Node beyond ten.
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
