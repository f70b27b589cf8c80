// Whoever waits for a slot is called up when one is free. He asks by himself only in case nobody could tell: the process that had it is gone.
const ASK_EVERY_MS = 5_000
const ASK_AT_LEAST_EVERY_MS = 30_000

/**
 * When one who waits for a slot asks by himself, at the latest. In a long line the later, the longer he has waited and the more `rounds` of calls
 * are before him: a line of many thousands asks a few hundred times a second. `random` in [0, 1) keeps them apart.
 */
export function slotWaitMs(
  { isLong, waitedMs, rounds }: { isLong: boolean; waitedMs: number; rounds: number },
  random: number,
): number {
  const atMost = isLong ? Math.max(ASK_EVERY_MS, waitedMs, rounds * 1_000) : ASK_EVERY_MS
  return Math.min(ASK_AT_LEAST_EVERY_MS, atMost) * (0.5 + random / 2)
}
