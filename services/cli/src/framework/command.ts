import type { CommandSettings } from '@readback/service-kit'
import type { Database } from '@readback/store'
import type { ExitCode } from './exit-code.ts'
import type { Fields, InputOf } from './field.ts'
import type { Io } from './io.ts'
import type { OpenSource } from './open-sources.ts'
import type { Screen } from './screen.ts'

/** What every command is given. A database is opened when it is first asked for, and closed by the framework. */
export type Context = {
  io: Io
  settings(): CommandSettings
  /** The one that is meant: where there are several, `--source` says which. */
  source(): OpenSource
  /** That one. */
  db(): Database
  /** All that are meant, for a command that works on each. */
  sources(): readonly OpenSource[]
}

/** What a command that changes something is given besides. */
export type ChangeContext = Context & {
  actor: string
  reason: string
  idempotencyKey: string
  dryRun: boolean
  /** Shows what is about to happen and asks. Passes where `--yes` was given, and in a dry run. */
  confirm(show: (screen: Screen) => string): Promise<void>
}

/** What a command that only reads answers. */
export type Report = {
  /** For `--json`. */
  data: unknown
  /** For `--jsonl`: one line each. */
  rows?: readonly object[]
  /** For people. */
  show: (screen: Screen) => string
  exitCode?: ExitCode
}

/** What a change answers (P6). The framework turns the effect into `would_...` after a dry run. */
export type Answer =
  | {
      ok: true
      effect: 'created' | 'updated' | 'noop' | 'deleted'
      data: object
      show?: (screen: Screen) => string
      exitCode?: ExitCode
    }
  | { ok: false; reason: string; data: object | null; exitCode?: ExitCode }

type Named<F extends Fields> = {
  name: string
  summary: string
  fields: F
  /** Asks none, so that it gets no `--source`. */
  withoutDatabase?: boolean
}

type Reading<F extends Fields> = Named<F> & {
  /** Has rows, and thereby `--jsonl`. */
  list?: boolean
  run(context: Context, input: InputOf<F>): Promise<Report>
}

type Changing<F extends Fields> = Named<F> & {
  /** Needs `--reason`, because it is a person's decision that is audited (P5). */
  audited?: boolean
  /** Asks before it does anything, unless `--yes` is given. */
  asks?: boolean
  /** What of the present state belongs to the derived idempotency key. */
  keyedBy?(context: Context, input: InputOf<F>): Promise<string>
  run(context: ChangeContext, input: InputOf<F>): Promise<Answer>
}

type Serving<F extends Fields> = Named<F> & { run(context: Context, input: InputOf<F>): Promise<ExitCode> }

export type Command =
  | ({ kind: 'read' } & Reading<Fields>)
  | ({ kind: 'change' } & Changing<Fields>)
  | ({ kind: 'role' } & Serving<Fields>)

// The framework fills an input by the same fields that its type is made from, so the wider type cannot be wrong.
const widened = (command: object) => command as Command

/** Safe: changes nothing, however often it is called. */
export const readCommand = <F extends Fields>(command: Reading<F>): Command => widened({ kind: 'read', ...command })

/** Gets `--dry-run`, `--idempotency-key` and the answer of P6 from the framework. */
export const changeCommand = <F extends Fields>(command: Changing<F>): Command =>
  widened({ kind: 'change', ...command })

/** Runs until it is stopped. */
export const roleCommand = <F extends Fields>(command: Serving<F>): Command => widened({ kind: 'role', ...command })
