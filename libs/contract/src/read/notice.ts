/**
 * One decision while an answer was read: the rule of the contract it belongs to, and how it fell. The rules are told apart by identity,
 * so that whoever wants to explain a reading needs no second copy of how it is done.
 */
export type Notice = {
  /** Part of the compiled contract. */
  readonly rule: object
  readonly hit: boolean
  readonly expected?: unknown
  readonly got?: unknown
}

type Listener = (notice: Notice) => void

// Reading is synchronous, so a listener hears exactly what is decided inside its own run, and nothing of anybody else's.
let listener: Listener | null = null

/** Runs `read` and tells what it decided on the way. Without a listener a decision costs one comparison more. */
export function listening<T>(listen: Listener, read: () => T): T {
  const before = listener
  listener = listen
  try {
    return read()
  } finally {
    listener = before
  }
}

export const isHeard = (): boolean => listener !== null

export function notice(rule: object, hit: boolean, more: Pick<Notice, 'expected' | 'got'> = {}): void {
  listener?.({ rule, hit, ...more })
}

/** Passes the decision on, so that it can stand where it is made. */
export function noticed(rule: object, hit: boolean): boolean {
  if (listener !== null) listener({ rule, hit })
  return hit
}
