/**
 * The gaps between two effects that a crash may fall into. Roles say when they reach one; tests kill the process there.
 *
 *   relay     captured ─publish─▶ published ─cursor─▶ cursor_moved; held ─release─▶ released ─publish─▶
 *   worker    claimed ─prepare, if it must─▶ prepared ─call─▶ called ─record─▶ recorded ─hand on─▶
 *   verifier  look_claimed ─look─▶ looked ─settle─▶ settled
 */
export const CRASH_POINTS = [
  'captured',
  'published',
  'cursor_moved',
  'released',
  'claimed',
  'prepared',
  'called',
  'recorded',
  'look_claimed',
  'looked',
  'settled',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

/** Told of every crash point that is passed; does nothing but in tests of crashes. */
export type Reached = (point: CrashPoint) => void

export const passOn: Reached = () => {}

/** `claimed:3` ends the process the third time that `claimed` is reached, as a kill -9 does. */
export function crashAt(plan: string, kill: () => void): Reached {
  const [point, nth = '1'] = plan.split(':')
  let left = Number(nth)
  return (reached) => {
    if (reached !== point) return
    left -= 1
    if (left === 0) kill()
  }
}
