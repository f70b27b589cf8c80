import type { z } from 'zod'
import { ConfigError } from './config-error.ts'
import { type Environment, type ReadFile, readFiles } from './read-files.ts'
import { type Secrets, secretsOf } from './secrets.ts'
import { readSources } from './sources.ts'

/**
 * Reads the environment once, at the start. Throws a ConfigError that lists everything that is wrong with it.
 * Variables the schema does not name are left alone.
 */
export function parseEnvironment<S extends z.ZodType>(
  schema: S,
  env: Environment,
  readFile: ReadFile,
): z.output<S> & { secret: Secrets } {
  const given = readFiles(env, readFile)
  const parsed = schema.safeParse({ ...given.env, sources: readSources(given.env) })
  const problems = [...given.problems, ...(parsed.error?.issues ?? []).map(problemOf)]
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return Object.assign({}, parsed.data, { secret: secretsOf(given.env) })
}

const problemOf = (issue: z.core.$ZodIssue) => `${String(issue.path.at(-1))}: ${issue.message}`
