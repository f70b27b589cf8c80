/** Tests never sleep: they wait for an observation, with a deadline that says what it was waiting for. */
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

const POLL_MS = 20

/**
 * Polls until `probe` gives something truthy, and returns that. After `withinMs` it throws, with the last value seen
 * or the last error thrown. An error thrown by the probe counts as "not yet".
 */
export async function waitFor<T>(
  description: string,
  probe: () => T | Promise<T>,
  { withinMs, everyMs = POLL_MS }: { withinMs: number; everyMs?: number },
): Promise<NonNullable<T>> {
  const deadlineMs = performance.now() + withinMs
  for (;;) {
    const seen = await observe(probe)
    if (seen.is === 'value' && seen.value) return seen.value
    if (performance.now() >= deadlineMs) throw tooLate(description, withinMs, seen)
    await sleep(everyMs)
  }
}

type Seen<T> = { is: 'value'; value: T } | { is: 'error'; error: unknown }

async function observe<T>(probe: () => T | Promise<T>): Promise<Seen<T>> {
  try {
    return { is: 'value', value: await probe() }
  } catch (error) {
    return { is: 'error', error }
  }
}

function tooLate(description: string, withinMs: number, seen: Seen<unknown>): Error {
  const waited = `Waited ${withinMs} ms for ${description}`
  if (seen.is === 'error')
    return new Error(`${waited}; the last look failed: ${String(seen.error)}`, { cause: seen.error })
  return new Error(`${waited}; last seen: ${inspect(seen.value, { depth: 4 })}`)
}
