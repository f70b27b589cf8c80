import { migrate } from '@readback/store'
import { changeCommand } from '../framework/command.ts'

export const migrateCommand = changeCommand({
  name: 'migrate',
  summary: 'Bring the database schema forward to this release',
  fields: {},
  async run({ settings, dryRun }) {
    const { applied, pending } = await migrate({ databaseUrl: settings().databaseUrl, dryRun })
    const files = dryRun ? pending : applied
    return {
      ok: true,
      effect: files.length > 0 ? 'updated' : 'noop',
      data: { applied, pending },
      show: () => files.map((name) => `  ${name}`).join('\n'),
    }
  },
})
