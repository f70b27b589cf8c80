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

// As much before its turn as a turn may be handed out ahead after this: neither comes to nothing where somebody is a little late or early.
const LEAD_MS = AHEAD_MS / 2

/** When one asks again whose turn should be in so many ms; one for whom there is no room in the line, after a longer time. `random` in [0, 1). */
export const lineWaitMs = (inMs: number, random: number): number =>
  inMs <= LINE_MAX_MS ? Math.max(0, inMs - LEAD_MS) : LINE_MAX_MS * (0.5 + random / 2)
