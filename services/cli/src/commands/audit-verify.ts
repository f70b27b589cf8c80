import { firstBrokenAudit } from '@readback/store'
import { readCommand } from '../framework/command.ts'
import { EXIT } from '../framework/exit-code.ts'

export const auditVerifyCommand = readCommand({
  name: 'audit verify',
  summary: 'Check that the record of what operators did was not tampered with',
  fields: {},
  async run({ db }) {
    const firstBroken = await firstBrokenAudit(db())
    const whole = firstBroken === null
    return {
      data: { whole, first_bad: firstBroken },
      show: ({ paint }) =>
        whole
          ? paint('green', 'The chain is whole.')
          : paint('red', `Broken: row ${firstBroken} does not follow from the one before it.`),
      exitCode: whole ? EXIT.ok : EXIT.threshold,
    }
  },
})
