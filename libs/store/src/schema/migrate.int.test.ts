import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@readback/testing'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'
import { MIGRATIONS_FOLDER, readMigrations } from './migration-files.ts'

let database: TestDatabase
let folder: string

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false })
  folder = await mkdtemp(join(tmpdir(), 'readback-migrations-'))
})

afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const write = (name: string, text: string) => writeFile(join(folder, name), text)

const query = async (text: string) => {
  const client = new pg.Client(database.url)
  await client.connect()
  return client.query(text).finally(() => client.end())
}

describe('migrating', () => {
  it('applies every file of this release once, in order', async () => {
    const names = (await readMigrations()).map((file) => file.name)
    expect(names.slice(0, 2)).toEqual(['0001_intents', '0002_delivery'])
    expect(await migrate({ databaseUrl: database.url })).toEqual({ applied: names, pending: [] })
    expect(await migrate({ databaseUrl: database.url })).toEqual({ applied: [], pending: [] })
  })

  it('says in a dry run what it would apply, and touches nothing', async () => {
    const names = (await readMigrations()).map((file) => file.name)
    expect(await migrate({ databaseUrl: database.url, dryRun: true })).toEqual({ applied: [], pending: names })
    expect((await query("select from pg_namespace where nspname = 'readback'")).rowCount).toBe(0)
  })

  it('lets a second migrator wait for the first, and find nothing to do', async () => {
    const both = await Promise.all([migrate({ databaseUrl: database.url }), migrate({ databaseUrl: database.url })])
    expect(both.filter((result) => result.applied.length > 0)).toHaveLength(1)
  })

  it('goes on from where an older release stopped', async () => {
    await cp(MIGRATIONS_FOLDER, folder, { recursive: true })
    await migrate({ databaseUrl: database.url, folder })
    await write('9999_later.sql', 'create table readback.later ();')
    expect((await migrate({ databaseUrl: database.url, folder })).applied).toEqual(['9999_later'])
  })

  it('keeps nothing of a file that fails, and names the file, the line and the statement', async () => {
    await write('0001_good.sql', 'create table readback.good ();')
    await write('0002_bad.sql', '-- two\n\ncreate table readback.half ();\n\nselect\n  nonsense;\n')
    await expect(migrate({ databaseUrl: database.url, folder })).rejects.toMatchObject({
      code: 'migration_failed',
      message: '0002_bad.sql, line 6, in "select": column "nonsense" does not exist',
    })
    const tables = await query("select relname from pg_class where relname in ('good', 'half')")
    expect(tables.rows).toEqual([{ relname: 'good' }])
    await write('0002_bad.sql', 'create table readback.half ();')
    expect((await migrate({ databaseUrl: database.url, folder })).applied).toEqual(['0002_bad'])
  })

  it('runs a file outside of a transaction whose first line asks for it', async () => {
    await write('0001_table.sql', 'create table readback.big (id int);')
    await write('0002_index.sql', '-- no transaction\ncreate index concurrently big_id on readback.big (id);')
    expect((await migrate({ databaseUrl: database.url, folder })).applied).toEqual(['0001_table', '0002_index'])
  })

  it('gives up within the lock timeout, so that producers do not queue behind it', async () => {
    await write('0001_table.sql', 'create table readback.busy (id int);')
    await migrate({ databaseUrl: database.url, folder })
    await write('0002_column.sql', 'alter table readback.busy add column more int;')
    const reader = new pg.Client(database.url)
    await reader.connect()
    await reader.query('begin; select from readback.busy')
    await expect(migrate({ databaseUrl: database.url, folder, lockTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'migration_lock_timeout',
    })
    await reader.end()
    expect((await migrate({ databaseUrl: database.url, folder })).applied).toEqual(['0002_column'])
  })

  it('refuses an applied file that has changed, and a database that is ahead of this release', async () => {
    await write('0001_table.sql', 'create table readback.kept ();')
    await migrate({ databaseUrl: database.url, folder })
    await write('0001_table.sql', 'create table readback.other ();')
    await expect(migrate({ databaseUrl: database.url, folder })).rejects.toMatchObject({ code: 'migration_changed' })
    await rm(join(folder, '0001_table.sql'))
    await expect(migrate({ databaseUrl: database.url, folder })).rejects.toMatchObject({ code: 'migration_unknown' })
  })
})
