/** At most `count` calls in any window of `windowMs`. */
export type Rate = { readonly count: number; readonly windowMs: number }

export const RATE = /^([1-9]\d{0,8})\/(s|sec|second|m|min|minute|h|hour|d|day)$/

const WINDOW_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `20/min`, `100/s`, `10/h`; null when it is anything else, above all a number without a unit. */
export function parseRate(text: unknown): Rate | null {
  const match = typeof text === 'string' ? RATE.exec(text) : null
  const windowMs = WINDOW_MS[match?.[2]?.charAt(0) ?? '']
  return windowMs === undefined ? null : { count: Number(match?.[1]), windowMs }
}
