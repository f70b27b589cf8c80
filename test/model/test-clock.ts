/** Time that passes when the test says so, on top of the time that passes anyway. */
import type { Clock } from '@readback/testing'

type Appointment = { atMs: number; act: () => void }

export class TestClock implements Clock {
  /** How much has passed at once so far, and when. */
  aheadMs = 0
  leaps: { atMs: number; ms: number }[] = []
  readonly #later = new Set<Appointment>()

  now(): number {
    return Date.now() + this.aheadMs
  }

  monotonicMs(): number {
    return performance.now() + this.aheadMs
  }

  later(delayMs: number, act: () => void): () => void {
    const appointment = { atMs: this.now() + delayMs, act }
    this.#later.add(appointment)
    return () => void this.#later.delete(appointment)
  }

  /** What was to happen within this time happens now, in its order. */
  pass(ms: number): void {
    this.leaps.push({ atMs: Date.now(), ms })
    this.aheadMs += ms
    const due = [...this.#later].filter(({ atMs }) => atMs <= this.now()).sort((a, b) => a.atMs - b.atMs)
    for (const appointment of due) {
      this.#later.delete(appointment)
      appointment.act()
    }
  }

  /** When something was that the machine's clock saw at this time, as it looks now. */
  seenFromNow(atMs: number): number {
    return this.leaps.filter((leap) => leap.atMs > atMs).reduce((at, { ms }) => at - ms, atMs)
  }

  /** For the next run. */
  reset(): void {
    this.aheadMs = 0
    this.leaps = []
    this.#later.clear()
  }
}
