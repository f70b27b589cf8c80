import { migrate } from '@readback/store'
import { answerForEach } from '../framework/answer-for-each.ts'
import { changeCommand } from '../framework/command.ts'

export const migrateCommand = changeCommand({
  name: 'migrate',
  summary: 'Bring the database schema forward to this release',
  fields: {},
  run: (context) => answerForEach(context, ({ databaseUrl }) => migrateOne(databaseUrl, context.dryRun)),
})

async function migrateOne(databaseUrl: string, dryRun: boolean) {
  const { applied, pending } = await migrate({ databaseUrl, dryRun })
  const files = dryRun ? pending : applied
  const effect = files.length > 0 ? 'updated' : 'noop'
  return {
    ok: true,
    effect,
    data: { applied, pending },
    show: () => files.map((name) => `  ${name}`).join('\n'),
  } as const
}
