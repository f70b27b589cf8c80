import type { Source } from '@readback/service-kit'
import { type Database, openDatabase } from '@readback/store'
import { usageError } from './cli-error.ts'

/** A database that a command may work on; it is opened when it is first asked for. */
export type OpenSource = Source & { db(): Database }

export type OpenSources = {
  /** Those that are meant: the one that was named, or all of them. */
  all(): readonly OpenSource[]
  /** Throws a usage error where several are configured and none was named. */
  one(): OpenSource
  close(): Promise<void>
}

/** `given` is what stood behind `--source`. */
export function createOpenSources(configured: () => readonly Source[], given: string | undefined): OpenSources {
  const opened = new Map<string, Database>()
  const open = ({ name, databaseUrl }: Source): Database => {
    const db = opened.get(name) ?? openDatabase({ url: databaseUrl, applicationName: 'readback', connectionsMax: 2 })
    opened.set(name, db)
    return db
  }
  const all = () => meant(configured(), given).map((source) => ({ ...source, db: () => open(source) }))
  return {
    all,
    one() {
      const [source, ...more] = all()
      if (source && more.length === 0) return source
      const names = configured().map(({ name }) => `--source ${name}`)
      throw usageError(
        'There are several databases, and this is about one of them.',
        `Say which: ${names.join(', or ')}`,
      )
    },
    async close() {
      await Promise.all([...opened.values()].map((db) => db.close()))
    },
  }
}

function meant(sources: readonly Source[], name: string | undefined): readonly Source[] {
  if (name === undefined) return sources
  const named = sources.filter((source) => source.name === name)
  if (named.length > 0) return named
  throw usageError(`source: expected ${sources.map((each) => each.name).join(' or ')}, got ${JSON.stringify(name)}`)
}
