import { contractPaths } from '../contract-paths.ts'
import { readCommand } from '../framework/command.ts'
import { EXIT } from '../framework/exit-code.ts'
import { trailing } from '../framework/field.ts'

export const contractsCheckCommand = readCommand({
  name: 'contracts check',
  summary: 'Check contract files, without a database',
  list: true,
  withoutDatabase: true,
  fields: { files: trailing('files or folders (default: READBACK_CONTRACTS, or ./effects)') },
  async run({ io }, { files }) {
    // The language of contracts takes longer to load than most commands take to run.
    const { errorsOf, formatProblem, readContractFiles } = await import('../contract-files.ts')
    const read = await readContractFiles(contractPaths(io.env, files))
    const checked = read.contracts.map(({ file, contract: { effect, version } }) => ({ file, effect, version }))
    const errors = errorsOf(read).length
    return {
      data: { ok: errors === 0, contracts: checked, problems: read.problems },
      rows: read.problems,
      show: ({ paint }) =>
        [
          ...checked.map(
            ({ file, effect, version }) => `${paint('green', 'ok')} ${effect} version ${version}  ${file}`,
          ),
          ...read.problems.map((problem) =>
            paint(problem.severity === 'error' ? 'red' : 'yellow', formatProblem(problem)),
          ),
        ].join('\n'),
      exitCode: errors === 0 ? EXIT.ok : EXIT.error,
    }
  },
})
