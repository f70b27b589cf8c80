import type { Clock } from './options.ts'

/** The time of the machine, in which a test ends at once what is still to come. */
export type ShortClock = Clock & {
  /** Does now what was put off until later; so an answer may be put off for longer than any machine is slow. */
  letGo(): void
}

export function createShortClock(): ShortClock {
  const future = new Map<() => void, ReturnType<typeof setTimeout>>()
  const forget = (act: () => void) => {
    clearTimeout(future.get(act))
    future.delete(act)
  }
  return {
    now: () => Date.now(),
    later(delayMs, act) {
      const once = () => {
        forget(once)
        act()
      }
      future.set(once, setTimeout(once, delayMs))
      return () => forget(once)
    },
    letGo() {
      // What these put off in their turn is still to come.
      const acts = [...future.keys()]
      for (const act of acts) act()
    },
  }
}
