/** The environment or the command line does not say what the program needs; every problem is listed, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG_INVALID'
  /** One sentence each: `READBACK_LEASE: expected a duration such as 30s or 5m, got "soon"`. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
