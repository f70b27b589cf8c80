import { contractPaths } from '../contract-paths.ts'
import { type Deployment, deployContracts, planDeployment } from '../deploy-contracts.ts'
import { answerForEach } from '../framework/answer-for-each.ts'
import { CliError } from '../framework/cli-error.ts'
import { changeCommand } from '../framework/command.ts'
import { trailing } from '../framework/field.ts'
import type { Screen } from '../framework/screen.ts'

export const contractsDeployCommand = changeCommand({
  name: 'contracts deploy',
  summary: 'Make contract versions known to the database: new intents are written under the newest',
  fields: { files: trailing('files or folders (default: READBACK_CONTRACTS, or ./effects)') },
  async run(context, { files }) {
    const { io, dryRun } = context
    const { errorsOf, formatProblem, readContractFiles } = await import('../contract-files.ts')
    const read = await readContractFiles(contractPaths(io.env, files))
    for (const problem of read.problems) io.err(`${formatProblem(problem)}\n`)
    const errors = errorsOf(read)
    if (errors.length > 0) {
      const message = `${errors.length} errors in the contract files; nothing was deployed.`
      throw new CliError('contract_invalid', message, { data: { problems: errors } })
    }
    const contracts = read.contracts.map(({ contract }) => contract)
    const deploy = dryRun ? planDeployment : deployContracts
    return answerForEach(context, async ({ db }) => deployedAs(await deploy(db(), contracts)))
  },
})

const deployedAs = (deployed: readonly Deployment[]) => ({
  ok: true as const,
  effect: deployed.some(({ result }) => result === 'created') ? ('created' as const) : ('noop' as const),
  data: { contracts: deployed },
  show: ({ table }: Screen) =>
    table(
      ['EFFECT', 'VERSION', 'RESULT'],
      deployed.map((each) => [each.effect, each.version, each.result]),
    ),
})
