import { parseEnvironment, roleEnvironment } from '@readback/service-kit'
import { migrate } from '@readback/store'
import { LOOPBACK } from '../egress-policy.ts'
import { roleCommand } from '../framework/command.ts'

export const devCommand = roleCommand({
  name: 'dev',
  summary: 'Run every role for development: own database, schema up to date, contracts followed as they change',
  fields: {},
  async run({ io }) {
    const { serve } = await import('../serve/serve.ts')
    const settings = parseEnvironment(roleEnvironment.dev, io.env, io.readFile)
    const postgres = settings.sources.length === 0 ? await ownPostgres() : null
    if (postgres) io.err(`DATABASE_URL=${postgres.url}\n`)
    const brought = { name: io.env.READBACK_SOURCE || 'default', databaseUrl: postgres?.url ?? '' }
    const sources = postgres ? [brought] : settings.sources
    try {
      for (const { databaseUrl } of sources) await migrate({ databaseUrl })
      const egressAllow = [settings.egressAllow, LOOPBACK].filter(Boolean).join(',')
      const own = { ...settings, sources, egressAllow }
      return await serve(io, {
        name: 'dev',
        roles: ['relay', 'worker', 'verifier'],
        settings: own,
        contracts: 'watched',
      })
    } finally {
      await postgres?.stop()
    }
  },
})

/** Kept from one start to the next, in the folder where one works. */
async function ownPostgres() {
  const { startEmbeddedPostgres } = await import('@readback/testing')
  return startEmbeddedPostgres({ dir: '.readback/postgres', databaseName: 'app' })
}
