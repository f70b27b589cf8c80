export type OutboxErrorCode =
  | 'key_conflict'
  | 'key_refused'
  | 'payload_refused'
  | 'payload_too_large'
  | 'effect_unknown'
  | 'after_unknown'
  | 'after_circular'
  | 'option_refused'
  | 'not_in_transaction'

/** An intent that was refused. Nothing of it was stored; `code` stays the same from release to release. */
export class OutboxError extends Error {
  override readonly name: string = 'OutboxError'
  readonly code: OutboxErrorCode
  /** What to do about it, or null. */
  readonly hint: string | null

  constructor(code: OutboxErrorCode, message: string, options: ErrorOptions & { hint?: string } = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint ?? null
  }
}

/** The key is taken by an intent with another payload: one of the two is not named well enough. */
export class KeyConflictError extends OutboxError {
  override readonly name = 'KeyConflictError'
  /** The entry that has the key, or null if the database did not say. */
  readonly entryId: string | null

  constructor(message: string, entryId: string | null, options: ErrorOptions & { hint?: string }) {
    super('key_conflict', message, options)
    this.entryId = entryId
  }
}

/** Part of a payload that JSON cannot hold exactly; `path` is a JSON pointer to it. */
export class PayloadError extends OutboxError {
  override readonly name = 'PayloadError'
  readonly path: string

  constructor(path: string, problem: string, options: ErrorOptions & { hint?: string } = {}) {
    super('payload_refused', `the payload${path === '' ? '' : ` at ${path}`} ${problem}`, options)
    this.path = path
  }
}

type DatabaseError = { code: string; message: string; detail?: string; hint?: string }

const CODES: Record<string, OutboxErrorCode> = {
  RB002: 'key_refused',
  RB003: 'payload_refused',
  RB004: 'payload_too_large',
  RB005: 'effect_unknown',
  RB006: 'after_unknown',
  RB007: 'after_circular',
  RB008: 'option_refused',
}

/** What the database refused, under our names; anything else is passed on as it is. */
export function outboxErrorOf(error: unknown): unknown {
  if (!isDatabaseError(error)) return error
  const { code, message, detail } = error
  const options = { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) }
  if (code === 'RB001') return new KeyConflictError(message, /^entry (\S+)$/.exec(detail ?? '')?.[1] ?? null, options)
  const known = CODES[code]
  return known ? new OutboxError(known, message, options) : error
}

const isDatabaseError = (error: unknown): error is DatabaseError & object =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
