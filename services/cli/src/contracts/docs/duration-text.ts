const UNITS = [
  { ms: 86_400_000, unit: 'd' },
  { ms: 3_600_000, unit: 'h' },
  { ms: 60_000, unit: 'min' },
  { ms: 1_000, unit: 's' },
] as const

/** The largest unit that loses nothing. */
export function durationText(ms: number): string {
  const fitting = UNITS.find((each) => ms >= each.ms && ms % each.ms === 0)
  return fitting === undefined ? `${ms} ms` : `${ms / fitting.ms} ${fitting.unit}`
}
