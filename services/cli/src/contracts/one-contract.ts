import type { Contract } from '@readback/contract'
import { errorsOf, formatProblem, readContractFiles } from '../contract-files.ts'
import { CliError } from '../framework/cli-error.ts'
import type { Io } from '../framework/io.ts'

/** The contract of one file. Warnings go to stderr; errors are all told at once. */
export function readOneContract(io: Io, file: string, leaseMs?: number): Contract {
  const read = readContractFiles([file], leaseMs === undefined ? {} : { leaseMs })
  for (const problem of read.problems) io.err(`${formatProblem(problem)}\n`)
  const errors = errorsOf(read)
  const [first, second] = read.contracts
  if (errors.length > 0) {
    throw new CliError('contract_invalid', `${file} has ${errors.length} errors.`, { data: { problems: errors } })
  }
  if (first === undefined || second !== undefined) {
    throw new CliError('contract_invalid', `${file} holds ${read.contracts.length} contracts; one is needed.`)
  }
  return first.contract
}
