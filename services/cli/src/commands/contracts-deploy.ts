import { contractPaths } from '../contract-paths.ts'
import { deployContracts, planDeployment } from '../deploy-contracts.ts'
import { CliError } from '../framework/cli-error.ts'
import { changeCommand } from '../framework/command.ts'
import { trailing } from '../framework/field.ts'

export const contractsDeployCommand = changeCommand({
  name: 'contracts deploy',
  summary: 'Make contract versions known to the database: new intents are written under the newest',
  fields: { files: trailing('files or folders (default: READBACK_CONTRACTS, or ./effects)') },
  async run({ db, io, dryRun }, { files }) {
    const { errorsOf, formatProblem, readContractFiles } = await import('../contract-files.ts')
    const read = await readContractFiles(contractPaths(io.env, files))
    for (const problem of read.problems) io.err(`${formatProblem(problem)}\n`)
    const errors = errorsOf(read)
    if (errors.length > 0) {
      const message = `${errors.length} errors in the contract files; nothing was deployed.`
      throw new CliError('contract_invalid', message, { data: { problems: errors } })
    }
    const contracts = read.contracts.map(({ contract }) => contract)
    const deployed = await (dryRun ? planDeployment : deployContracts)(db(), contracts)
    return {
      ok: true,
      effect: deployed.some(({ result }) => result === 'created') ? 'created' : 'noop',
      data: { contracts: deployed },
      show: ({ table }) =>
        table(
          ['EFFECT', 'VERSION', 'RESULT'],
          deployed.map((each) => [each.effect, each.version, each.result]),
        ),
    }
  },
})
