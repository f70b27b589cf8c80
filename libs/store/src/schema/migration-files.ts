import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../../migrations', import.meta.url))

export type MigrationFile = {
  /** As recorded in the database: `0001_intents`. */
  name: string
  sql: string
  hash: string
  /** Unless its first line is `-- no transaction`, as `create index concurrently` needs. */
  inTransaction: boolean
}

/** The numbered files of a folder, in order. `schema.sql`, which describes where they lead, is none of them. */
export async function readMigrations(folder: string = MIGRATIONS_FOLDER): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort()
  return Promise.all(names.map((name) => readMigration(folder, name)))
}

async function readMigration(folder: string, fileName: string): Promise<MigrationFile> {
  // A checkout on Windows may bring other line ends; the migration is the same.
  const sql = (await readFile(`${folder}/${fileName}`, 'utf8')).replaceAll('\r\n', '\n')
  return {
    name: fileName.replace(/\.sql$/, ''),
    sql,
    hash: createHash('sha256').update(sql).digest('hex'),
    inTransaction: !sql.startsWith('-- no transaction'),
  }
}
