/** Scripts rely on these. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  /** A limit that was asked for is exceeded, or a check has found something. */
  threshold: 3,
  /** What was planned is no longer what is there. */
  stalePlan: 4,
  /** Some of it was done, and some was not. */
  partial: 5,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
