const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `250ms`, `30s`, `5m`, `1.5h`, `2d` in milliseconds; undefined if the text is no duration. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim())
  const unitMs = UNIT_MS[match?.[2] ?? '']
  return unitMs === undefined ? undefined : Math.round(Number(match?.[1]) * unitMs)
}

/** The shortest spelling that says the same: `90s`, `5m`, `2h`. */
export function formatDuration(ms: number): string {
  const unit =
    ['d', 'h', 'm', 's'].find((name) => ms >= (UNIT_MS[name] ?? 1) && ms % (UNIT_MS[name] ?? 1) === 0) ?? 'ms'
  return `${ms / (UNIT_MS[unit] ?? 1)}${unit}`
}
