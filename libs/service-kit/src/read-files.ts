import { namesOfSources, urlVariable } from './sources.ts'

export type Environment = Readonly<Record<string, string | undefined>>
/** Gives the text of a file or throws. */
export type ReadFile = (path: string) => string

/** The variables whose value may come from a file, as container platforms mount their secrets. */
const IN_FILES = ['DATABASE_URL', 'PGPASSWORD', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD']
const SECRET_PREFIX = 'READBACK_SECRET_'

/** Replaces `X_FILE` by `X` with the file's text, and drops what is empty: `FOO=` in a compose file means "not set". */
export function readFiles(env: Environment, readFile: ReadFile): { env: Record<string, string>; problems: string[] } {
  const resolved: Record<string, string> = {}
  const problems: string[] = []
  const inFiles = new Set([...IN_FILES, ...namesOfSources(env).map(urlVariable)])
  for (const [name, value] of Object.entries(env)) {
    if (!value) continue
    const target = nameInFile(name, inFiles)
    if (target === null) resolved[name] = value
    else if (env[target]) problems.push(`${name}: expected only one of ${target} and ${name}, got both`)
    else {
      const text = tryRead(readFile, value)
      if (text === null)
        problems.push(`${name}: expected a readable file with text in it, got ${JSON.stringify(value)}`)
      else resolved[target] = text
    }
  }
  return { env: resolved, problems }
}

function nameInFile(name: string, inFiles: ReadonlySet<string>): string | null {
  if (!name.endsWith('_FILE')) return null
  const target = name.slice(0, -'_FILE'.length)
  return inFiles.has(target) || target.startsWith(SECRET_PREFIX) ? target : null
}

function tryRead(readFile: ReadFile, path: string): string | null {
  try {
    return readFile(path).trim() || null
  } catch {
    return null
  }
}
