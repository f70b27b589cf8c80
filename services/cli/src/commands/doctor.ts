import { readCommand } from '../framework/command.ts'
import { EXIT } from '../framework/exit-code.ts'

const STYLES = { ok: 'green', warning: 'yellow', failed: 'red' } as const

export const doctorCommand = readCommand({
  name: 'doctor',
  summary: 'Check the environment, the database, the contracts and Kafka',
  list: true,
  withoutDatabase: true,
  fields: {},
  async run({ io }) {
    const { examine } = await import('../doctor.ts')
    const findings = await examine(io, new Date())
    const isWell = findings.every(({ result }) => result !== 'failed')
    return {
      data: { ok: isWell, checks: findings },
      rows: findings,
      show: ({ paint, table }) =>
        table(
          ['CHECK', 'RESULT', 'DETAIL'],
          findings.map(({ check, result, detail }) => [check, paint(STYLES[result], result), detail]),
        ),
      exitCode: isWell ? EXIT.ok : EXIT.error,
    }
  },
})
