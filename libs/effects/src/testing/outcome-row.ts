import type { Socket } from 'node:net'
import type { Entry } from '@readback/contract'
import type { Behaviour, NoteOptions } from './notes.ts'

/**
 * One line of the table of outcomes, in words: how far the request got, whether it left, the outcome class, the cause, and the next step.
 * Where it left, `some` of it may have, or `all`.
 */
export type Outcome = string

export type OutcomeRow = {
  /** Goes on from "the provider". */
  readonly when: string
  readonly does: Behaviour
  readonly proves: Outcome
  /** Verdict and cause of a look that meets the same. */
  readonly look?: string
  readonly how?: NoteOptions & { readonly entry?: Partial<Entry> }
}

export type OutcomeGroup = { readonly title: string; readonly rows: readonly OutcomeRow[] }

export const row = (
  when: string,
  does: Behaviour,
  proves: Outcome,
  more: Pick<OutcomeRow, 'look' | 'how'> = {},
): OutcomeRow => ({ when, does, proves, ...more })

/** Of a provider that also the look meets. */
export const both = (when: string, does: Behaviour, proves: Outcome, look: string): OutcomeRow =>
  row(when, does, proves, { look })

export const hangsUp = (socket: Socket): unknown => socket.destroy()
export const saysNothing = (): void => {}
export const saysAndCloses = (bytes: string | Buffer) => (socket: Socket) => void socket.end(bytes)

/** Goes on until nobody reads any more. */
export const pours = (start: string, piece: string) => (socket: Socket) => {
  socket.write(start)
  const pour = (): void => {
    while (!socket.destroyed && socket.write(piece));
  }
  socket.on('drain', pour)
  pour()
}

export const drips = (start: string, piece: string) => (socket: Socket) => {
  socket.write(start)
  const drip = setInterval(() => socket.write(piece), 20)
  socket.on('close', () => clearInterval(drip))
}
