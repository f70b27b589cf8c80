/** Writes migrations/schema.sql anew: npm run schema */
import { writeFile } from 'node:fs/promises'
import { dumpSchema, migrate, openDatabase } from '@readback/store'
import { startEmbeddedPostgres } from '@readback/testing'

const server = await startEmbeddedPostgres({ durable: false })
await migrate({ databaseUrl: server.url })
const db = openDatabase({ url: server.url, applicationName: 'write schema' })
await writeFile(new URL('../../migrations/schema.sql', import.meta.url), await dumpSchema(db))
await db.close()
await server.stop()
