export const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `500ms`, `10s`, `5m`, `24h`, `30d` in milliseconds; null when there is no unit or it is not a duration. */
export function parseDuration(text: unknown): number | null {
  const match = typeof text === 'string' ? DURATION.exec(text) : null
  const unitMs = UNIT_MS[match?.[2] ?? '']
  return unitMs === undefined ? null : Math.round(Number(match?.[1]) * unitMs)
}
