/** Whether a live row needs the relay: one is due, a lease has run out, or something that one is held for has ended. */
export type Woken = { due: boolean; expired: boolean; ended: boolean }

const WHAT = ['due', 'expired', 'ended'] as const

// Whoever reads the outbox asks that along; more often than this would only make the poll dearer.
const ASK_EVERY_MS = 200
// The poll may stand still for as long as nobody has room for what it read.
const TRUST_MS = 750

/**
 * Lets an idle relay ask the database one question instead of three: the poll of the outbox brings along whether rows are
 * due and whether leases have run out, and what would do something about them asks only then. What was not answered for a
 * while counts as "yes".
 */
export class Wake {
  readonly #monotonicMs: () => number
  #askedAtMs = Number.NEGATIVE_INFINITY
  readonly #woken: Woken = { due: true, expired: true, ended: true }
  readonly #listeners: Partial<Record<keyof Woken, () => void>> = {}

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  isToBeAsked(): boolean {
    return this.#monotonicMs() - this.#askedAtMs >= ASK_EVERY_MS
  }

  answered({ due, expired, ended }: Woken): void {
    this.#askedAtMs = this.#monotonicMs()
    this.#woken.due ||= due
    this.#woken.expired ||= expired
    this.#woken.ended ||= ended
    for (const what of WHAT) if (this.#woken[what]) this.#listeners[what]?.()
  }

  /** Tells whoever looks that there is a reason to. */
  onWoken(what: keyof Woken, listener: () => void): void {
    this.#listeners[what] = listener
  }

  /** Is there a reason to look? Whoever looks says afterwards whether that was all. */
  has(what: keyof Woken): boolean {
    return this.#woken[what] || this.#monotonicMs() - this.#askedAtMs > TRUST_MS
  }

  done(what: keyof Woken): void {
    this.#woken[what] = false
  }
}
