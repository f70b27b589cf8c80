import { z } from 'zod'
import { databaseUrl, isDatabaseUrl, serverAndName } from './database-url.ts'

/** One application database, by the name that stands in every record and line about what is in it. */
export type Source = { name: string; databaseUrl: string }

/** What the environment says about databases, and what is wrong with it; `missing` only where one is needed. */
export type ReadSources = {
  sources: readonly Source[]
  problems: readonly SourceProblem[]
  missing: readonly SourceProblem[]
}
export type SourceProblem = { variable: string; message: string }

type Env = Readonly<Record<string, string>>

// It becomes a part of the names of consumer groups and variables, a label, and a step of a path.
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/
const A_NAME = 'a letter, then letters, digits, ".", "-" and "_", 63 at most'
const A_URL = 'a postgres:// URL'

/** The variable with the address of a source, where there are several: `DATABASE_URL_ORDERS`. */
export const urlVariable = (source: string): string => `DATABASE_URL_${source.toUpperCase().replaceAll(/[.-]/g, '_')}`

/** One database by `DATABASE_URL`, or several by `READBACK_SOURCES` and a variable each. */
export function readSources(env: Env): ReadSources {
  return env.READBACK_SOURCES === undefined ? readOne(env) : readSeveral(env, env.READBACK_SOURCES)
}

/** The names in `READBACK_SOURCES`, whatever they are worth. */
export const namesOfSources = (env: Readonly<Record<string, string | undefined>>): readonly string[] =>
  (env.READBACK_SOURCES ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)

function readOne(env: Env): ReadSources {
  const { READBACK_SOURCE: name = 'default' } = env
  const url = databaseUrl(env)
  const what = `${A_URL} (or PGHOST, PGDATABASE and so on)`
  const ofName = NAME.test(name) ? [] : [expected('READBACK_SOURCE', A_NAME, JSON.stringify(name))]
  const ofUrl = problemsOfUrl('DATABASE_URL', url, what)
  if (url === undefined) return { sources: [], problems: ofName, missing: ofUrl }
  return { sources: [{ name, databaseUrl: url }], problems: [...ofName, ...ofUrl], missing: [] }
}

function readSeveral(env: Env, list: string): ReadSources {
  const names = namesOfSources(env)
  const sources = names.map((name) => ({ name, databaseUrl: env[urlVariable(name)] ?? '' }))
  const wellNamed = names.filter((name) => NAME.test(name))
  const refused = names.filter((name) => !NAME.test(name))
  const variables = new Set(wellNamed.map(urlVariable))
  const problems = [
    ...(names.length > 0 ? [] : [expected('READBACK_SOURCES', 'names, separated by commas', JSON.stringify(list))]),
    ...refused.map((name) => expected('READBACK_SOURCES', `names of ${A_NAME}`, JSON.stringify(name))),
    ...problemsOfNames(wellNamed),
    ...problemsOfTheOther(env),
    ...[...variables].flatMap((variable) => problemsOfUrl(variable, env[variable], A_URL)),
    ...problemsOfTwins(sources),
  ]
  return { sources, problems, missing: [] }
}

/** Each needs a variable of its own, and none that would be taken for the file of another one. */
function problemsOfNames(names: readonly string[]): SourceProblem[] {
  const shared = names.flatMap((name, index) => {
    const twin = names.slice(0, index).find((other) => urlVariable(other) === urlVariable(name))
    if (twin === undefined) return []
    const got = `${twin} and ${name}, which are both ${urlVariable(name)}`
    return [expected('READBACK_SOURCES', 'names with a variable each', got)]
  })
  const files = names
    .filter((name) => urlVariable(name).endsWith('_FILE'))
    .map((name) => expected('READBACK_SOURCES', 'no name that ends in "file", as variables of files do', name))
  return [...shared, ...files]
}

/** Which of two ways was meant, nobody can know. */
function problemsOfTheOther(env: Env): SourceProblem[] {
  const why = 'nothing, because READBACK_SOURCES names the databases'
  return ['DATABASE_URL', 'READBACK_SOURCE']
    .filter((variable) => env[variable] !== undefined)
    .map((variable) => expected(variable, why, `something: drop it, or READBACK_SOURCES`))
}

const problemsOfUrl = (variable: string, url: string | undefined, what: string): SourceProblem[] => {
  if (url === undefined) return [expected(variable, what, 'nothing')]
  // What was given is never repeated: it holds a password.
  return isDatabaseUrl(url) ? [] : [expected(variable, what, 'something else')]
}

/** Under two names, a database would be worked on twice, and half of what is published would name the wrong one. */
function problemsOfTwins(sources: readonly Source[]): SourceProblem[] {
  const known = sources.filter((source) => isDatabaseUrl(source.databaseUrl))
  return known.flatMap((source, index) => {
    const isTwin = (other: Source) =>
      urlVariable(other.name) !== urlVariable(source.name) &&
      serverAndName(other.databaseUrl) === serverAndName(source.databaseUrl)
    const twin = known.slice(0, index).find(isTwin)
    if (!twin) return []
    return [expected(urlVariable(source.name), `another database than ${urlVariable(twin.name)}`, 'the same one')]
  })
}

const expected = (variable: string, what: string, got: string): SourceProblem => ({
  variable,
  message: `expected ${what}, got ${got}`,
})

/** For a schema: told under the names of the variables, not under that of the field. */
export const sourcesField = fieldOf(({ problems, missing }) => [...problems, ...missing])

/** The same for a program that brings a database where none is named. */
export const sourcesFieldOrNone = fieldOf(({ problems }) => problems)

function fieldOf(refused: (read: ReadSources) => readonly SourceProblem[]) {
  return z.custom<ReadSources>().transform((read, context) => {
    for (const { variable, message } of refused(read)) context.addIssue({ code: 'custom', path: [variable], message })
    return read.sources
  })
}
