/**
 * Thrown where a rule can neither be said to hold nor not to hold, and caught where answers and looks are read: then nothing was learned.
 * Taking it for "does not hold" would make an absence of a text that is merely too long. Names no value.
 */
export class Undecided extends Error {
  /** Stable code. */
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'Undecided'
    this.code = code
  }
}
