import type { Path } from './document.ts'
import type { Problem } from './problem.ts'

/** What a check has found, without the place, which follows from the path. */
export type Finding = Pick<Problem, 'code' | 'message' | 'fix'> & {
  readonly path: Path
  readonly severity?: Problem['severity']
}

/** Reads the plain document, whatever its shape, so that these are reported together with what the schema finds. */
export type Check = (document: unknown, options: CheckOptions) => readonly Finding[]

export type CheckOptions = {
  /** How long a worker owns an entry; a call must fit into it twice. */
  readonly leaseMs: number
  /** Names of all effects there are, if known: what a compensation may name. */
  readonly effects: ReadonlySet<string> | null
}
