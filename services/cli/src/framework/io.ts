import type { Environment, ReadFile } from '@readback/service-kit'
import type { Prompts } from './prompts.ts'

/** Everything a command may touch outside its own memory, besides the database. */
export type Io = {
  env: Environment
  /** What `--version` shows. */
  version: string
  /** Who is logged in here. */
  userName: string
  out(text: string): void
  err(text: string): void
  outIsTerminal: boolean
  errIsTerminal: boolean
  /** Both ends are a terminal: somebody can be asked. */
  ask: ((question: string) => Promise<boolean>) | null
  /** As `ask`, for questions that are not answered by yes or no. */
  prompts: Prompts | null
  stdin(): Promise<string>
  readFile: ReadFile
}

/** NO_COLOR and FORCE_COLOR are conventions of all programs. */
export const hasColors = (env: Environment, isTerminal: boolean): boolean =>
  !env.NO_COLOR && (env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : isTerminal)
