import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dumpSchema, migrate, openDatabase } from '@readback/store'
import { createTestDatabase } from '@readback/testing'
import { describe, expect, it, onTestFinished } from 'vitest'

const MIGRATIONS = new URL('../../migrations/', import.meta.url)
// The text of views and functions differs a little from release to release: schema.sql is that of the embedded server.
const WRITTEN_ON = 18

async function emptyDatabase() {
  const database = await createTestDatabase({ migrated: false })
  const db = openDatabase({ url: database.url, applicationName: 'schema test' })
  onTestFinished(async () => {
    await db.close()
    await database.drop()
  })
  const { rows } = await db.pool.query("select current_setting('server_version_num')::int / 10000 as release")
  return { url: database.url, release: rows[0].release, dump: () => dumpSchema(db) }
}

async function migrateStepByStep(databaseUrl: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'readback-steps-'))
  const files = (await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name)).sort()
  for (const file of files) {
    await cp(new URL(file, MIGRATIONS), join(folder, file))
    expect((await migrate({ databaseUrl, folder })).applied).toEqual([file.replace('.sql', '')])
  }
  await rm(folder, { recursive: true })
}

describe('the migrations', () => {
  it('lead from nothing to migrations/schema.sql', async ({ skip }) => {
    const database = await emptyDatabase()
    skip(database.release !== WRITTEN_ON, `schema.sql is written on PostgreSQL ${WRITTEN_ON}`)
    await migrate({ databaseUrl: database.url })
    const written = await readFile(new URL('schema.sql', MIGRATIONS), 'utf8')
    expect(await database.dump(), 'to renew it: npm run schema').toBe(written)
  })

  it('lead to the same place one by one', async () => {
    const [atOnce, stepByStep] = [await emptyDatabase(), await emptyDatabase()]
    await migrate({ databaseUrl: atOnce.url })
    await migrateStepByStep(stepByStep.url)
    expect(await stepByStep.dump()).toBe(await atOnce.dump())
  })
})
