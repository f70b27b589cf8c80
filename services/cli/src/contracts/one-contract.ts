import { type Contract, samplePayload, validatePayload } from '@readback/contract'
import { errorsOf, formatProblem, readContractFiles } from '../contract-files.ts'
import { CliError, usageError } from '../framework/cli-error.ts'
import type { Io } from '../framework/io.ts'

/** The contract of one file. Warnings go to stderr; errors are all told at once. */
export async function readOneContract(io: Io, file: string, leaseMs?: number): Promise<Contract> {
  const read = await readContractFiles([file], leaseMs === undefined ? {} : { leaseMs })
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

/** Any payload that fits: a look needs one only for what it compares. */
export function payloadFor(contract: Contract): string {
  const payload = JSON.stringify(samplePayload(contract.document['payload'] ?? {}))
  const misfit = validatePayload(contract, payload)
  if (misfit === null) return payload
  throw usageError(`payload: none could be made from the schema of the contract: ${misfit}`, 'Give one with --payload.')
}
