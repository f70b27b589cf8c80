import { describe, expect, it } from 'vitest'
import { createTestDatabase } from './create-test-database.ts'
import { onServer } from './on-server.ts'

const hasSchema = `select 1 as found from pg_namespace where nspname = 'readback'`

describe('a test database', () => {
  it("has the product's schema, unless it is wanted empty", async () => {
    const [migrated, empty] = [await createTestDatabase(), await createTestDatabase({ migrated: false })]
    expect(await onServer(migrated.url, hasSchema)).toEqual([{ found: 1 }])
    expect(await onServer(empty.url, hasSchema)).toEqual([])
    await Promise.all([migrated.drop(), empty.drop()])
  })

  it("is nobody else's", async () => {
    const databases = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()])
    expect(new Set(databases.map((database) => database.url)).size).toBe(3)
    await Promise.all(databases.map((database) => database.drop()))
    await expect(onServer(databases[0]?.url ?? '', 'select 1')).rejects.toThrow('does not exist')
  })
})
