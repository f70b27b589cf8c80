/** The database's time of day, as this process knows it without asking. */
export type DatabaseClock = {
  /** Milliseconds since 1970. */
  nowMs(): number
  /** The database said its time: somewhere between when it was asked and when it was heard, both monotonic. */
  heard(databaseMs: number, askedAtMs: number): void
}

/**
 * Goes on by the monotonic clock from what the database said the last time, and is wrong by half of the way there and back at most. The
 * machine's own time of day may be wrong by hours, and is set while we run; it is used only where no database was ever heard.
 */
export function createDatabaseClock(monotonicMs: () => number): DatabaseClock {
  let aheadMs: number | null = null
  return {
    nowMs: () => (aheadMs === null ? Date.now() : monotonicMs() + aheadMs),
    heard(databaseMs, askedAtMs) {
      aheadMs = databaseMs - (askedAtMs + monotonicMs()) / 2
    },
  }
}
