import { changeCommand } from '../framework/command.ts'
import { argument, optionalDuration, optionalText } from '../framework/field.ts'
import { readPayload } from '../read-payload.ts'

export const contractsProbeCommand = changeCommand({
  name: 'contracts probe',
  summary: 'Put every claim of a contract to the test at a sandbox of the provider; ends with 3 when one is broken',
  asks: true,
  withoutDatabase: true,
  fields: {
    file: argument('the contract file'),
    payload: optionalText('<json>', 'JSON, @file, or - for stdin (default: made from the schema)'),
    deadline: optionalDuration('at most this long for each claim (default: 30s and four times the settle time)'),
  },
  async run({ io, dryRun, confirm }, { file, payload, deadline }) {
    const { probeContract } = await import('../contracts/probe/probe-contract.ts')
    const given = payload === undefined ? null : await readPayload(io, payload)
    return probeContract({ io, dryRun, confirm }, { file, payload: given, deadlineMs: deadline })
  },
})
