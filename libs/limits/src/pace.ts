/** `count` calls in any window of `windowMs`. */
export type Rate = { count: number; windowMs: number }

/** Turns are spread a little wider than the limit allows; what that leaves is how late a call may start. */
const SLACK = 0.05

/**
 * Between two calls. Evenly spaced calls never exceed the limit in any window, whichever moment it starts at; a burst
 * followed by a full rate would, seen from the provider.
 */
export const spacingMs = (rate: Rate): number => (rate.windowMs * (1 + SLACK)) / rate.count

/**
 * How late a call may start after its turn. One that is later (a process that was stopped, an event loop that was busy)
 * gives its turn up: it could meet the turns of a later window.
 */
export const lateMsMax = (rate: Rate): number => (rate.windowMs * SLACK) / 2

/** Turns that are handed out ahead are waited for inside the process, so polling does not eat up a high rate. */
export const AHEAD_MS = 250

/** When those without a turn should ask again: each a spacing after the one before. */
export const waitMs = (rate: Rate, firstInMs: number, turnsBefore: number): number =>
  firstInMs + turnsBefore * spacingMs(rate)

/** So far ahead a line is laid out, so that a limit that was raised shows within half a minute. */
export const LINE_MAX_MS = 30_000

/**
 * When one asks again whose turn should be in so many ms: half of what turns are handed out ahead before it, so that neither comes to nothing
 * where somebody is a little late or early. One for whom there is no room in the line, at some moment before its end. `random` in [0, 1).
 */
export const lineWaitMs = (inMs: number, aheadMs: number, random: number): number =>
  inMs <= LINE_MAX_MS ? Math.max(0, inMs - aheadMs / 2) : LINE_MAX_MS * (0.5 + random / 2)

/**
 * How far ahead turns are handed out to what has so many rates. Of two, the turns must be so near to each other that a call on the later one is
 * not too late for the earlier one.
 */
export const aheadMs = (rates: readonly Rate[]): number =>
  rates.length < 2 ? AHEAD_MS : Math.min(AHEAD_MS, ...rates.map((rate) => lateMsMax(rate) / 2))
