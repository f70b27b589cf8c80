import { setTimeout as rest } from 'node:timers/promises'
import type { DatabaseClock } from './database-clock.ts'

/** What a session needs of the store, for one process id. */
export type SessionDeps = {
  /** Answers with the database's time, in milliseconds since 1970. */
  register(id: string): Promise<number>
  /** The same; null: this id was declared lost. */
  touch(id: string): Promise<number | null>
  leave(id: string): Promise<void>
  newId(): string
  monotonicMs(): number
  clock: DatabaseClock
  observe(
    event: { type: 'session_lost'; process: string } | { type: 'loop_failed'; name: string; error: unknown },
  ): void
}

/**
 * The right of a process to hold leases. Others take its entries over once it was not seen for `SESSION_LOST_MS`; so it
 * stops relying on them earlier than that, by its own monotonic clock, counted from before the beat was sent.
 */
export type Session = {
  /** The id that leases are held under. */
  id(): string
  /** May something that cannot be taken back be started now? */
  holds(): boolean
  leave(): Promise<void>
}

export const SESSION_LOST_MS = 5_000
const TRUST_MS = 3_500
const BEAT_MS = 1_000

export async function startSession(deps: SessionDeps): Promise<Session> {
  const stop = new AbortController()
  let id = deps.newId()
  let trustedUntilMs = deps.monotonicMs() + TRUST_MS
  const register = async (newId: string) => {
    const askedAtMs = deps.monotonicMs()
    deps.clock.heard(await deps.register(newId), askedAtMs)
  }
  await register(id)

  const beat = async () => {
    const sentAtMs = deps.monotonicMs()
    const databaseMs = await deps.touch(id)
    if (databaseMs !== null) deps.clock.heard(databaseMs, sentAtMs)
    else {
      deps.observe({ type: 'session_lost', process: id })
      // What the old id held is lost. A new one cannot be mistaken for it, even by writes still on their way.
      const next = deps.newId()
      await register(next)
      id = next
    }
    trustedUntilMs = sentAtMs + TRUST_MS
  }
  const beating = keepBeating(beat, deps, stop.signal)

  return {
    id: () => id,
    holds: () => deps.monotonicMs() < trustedUntilMs,
    async leave() {
      stop.abort()
      await beating
      await deps.leave(id)
    },
  }
}

async function keepBeating(beat: () => Promise<void>, deps: SessionDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await beat().catch((error: unknown) => deps.observe({ type: 'loop_failed', name: 'session', error }))
    await rest(BEAT_MS, undefined, { signal }).catch(() => {})
  }
}
