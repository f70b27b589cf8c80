export const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

// Ten years: what is longer is a slip, and would overflow what timers and intervals hold.
const LONGEST_MS = 3_650 * 86_400_000

/** `500ms`, `10s`, `5m`, `24h`, `30d` in milliseconds; null when there is no unit, it is no duration, or longer than ten years. */
export function parseDuration(text: unknown): number | null {
  const match = typeof text === 'string' ? DURATION.exec(text) : null
  const unitMs = UNIT_MS[match?.[2] ?? '']
  if (unitMs === undefined) return null
  const ms = Math.round(Number(match?.[1]) * unitMs)
  return ms > LONGEST_MS ? null : ms
}
