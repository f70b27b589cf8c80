import { CliError } from '../framework/cli-error.ts'
import { changeCommand } from '../framework/command.ts'
import { argument, flag, optionalText, required } from '../framework/field.ts'
import { readPayload } from '../read-payload.ts'

export const contractsTryCommand = changeCommand({
  name: 'contracts try',
  summary: 'Look for an effect as the verifier would, or with --call make it once; shows how each rule read the answer',
  asks: true,
  withoutDatabase: true,
  fields: {
    file: argument('the contract file'),
    key: required('<key>', 'names the intent'),
    payload: optionalText('<json>', 'JSON, @file, or - for stdin (default: made from the schema)'),
    tenant: optionalText('<tenant>', 'whose intent (default: try)'),
    call: flag('make the call, if nothing is there under the key yet'),
    again: flag('with --call: make it even if something is there'),
    externalId: optionalText('<id>', 'look by the id of the provider'),
  },
  async run({ io, dryRun, confirm }, input) {
    const { tryContract } = await import('../contracts/try-contract.ts')
    const payload = input.payload === undefined ? null : await readPayload(io, input.payload)
    if (input.again && !input.call) throw new CliError('USAGE', 'again: it goes with --call.', { exitCode: 2 })
    return tryContract({ io, dryRun, confirm }, { ...input, payload, tenant: input.tenant ?? 'try' })
  },
})
