import type { Environment } from '@readback/service-kit'

/** What was named, or the folder of the environment. */
export const contractPaths = (env: Environment, named: readonly string[]): readonly string[] =>
  named.length > 0 ? named : [env.READBACK_CONTRACTS || './effects']
