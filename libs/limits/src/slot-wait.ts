// Whoever waits for a slot is called up when one is free. He asks by himself only in case nobody could tell: the process that had it is gone.
const ASK_AFTER_MS = 5_000
const ASK_EVERY_MS = 30_000

/**
 * When one who waits for a slot asks by himself: the longer he has waited the later, and the later the more `rounds` of calls are before him,
 * so that a line of many thousands asks a few hundred times a second. `random` in [0, 1) keeps them apart.
 */
export const slotWaitMs = (waitedMs: number, rounds: number, random: number): number =>
  Math.min(ASK_EVERY_MS, Math.max(ASK_AFTER_MS, waitedMs, rounds * 1_000)) * (0.5 + random)
