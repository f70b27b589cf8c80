import { changeCommand } from '../framework/command.ts'
import { type Field, optionalOneOf, optionalText } from '../framework/field.ts'

const name: Field<string | undefined> = {
  kind: 'argument',
  placeholder: '',
  summary: 'name of the effect, such as invoice.issue',
  required: false,
  read: (given) => (given === undefined ? undefined : String(given)),
}

export const contractsNewCommand = changeCommand({
  name: 'contracts new',
  summary: 'Write a contract file from the answers to a few questions; options answer them beforehand',
  withoutDatabase: true,
  fields: {
    name,
    out: optionalText('<file>', 'where to write it (default: NAME.yaml in READBACK_CONTRACTS, or ./effects)'),
    url: optionalText('<url>', 'what is called'),
    method: optionalText('<method>', 'by which method (POST)'),
    fields: optionalText('<names>', 'what it needs, such as customer,amount:number'),
    keyFrom: optionalText('<names>', 'the fields that name the intent (the first)'),
    keyIn: optionalOneOf('where the key travels (header)', ['header', 'path', 'query', 'body', 'marker', 'none']),
    keyAt: optionalText('<place>', 'in which header, or at which place of the body (Idempotency-Key, /metadata/key)'),
    repeat: optionalOneOf('what a second call with the same key does (acts_again)', [
      'same_answer',
      'refused',
      'overwrites',
      'acts_again',
    ]),
    look: optionalText('<url>', 'what finds it by ${key}, or none (URL?key=${key})'),
    items: optionalText('<pointer>', 'where the list is in the answer to a look, or none (/data)'),
    where: optionalText('<pointer>', 'where the key is in each of them (/metadata/key)'),
    canary: optionalText('<url>', 'what always answers where one looks, or none (none)'),
    externalId: optionalText('<pointer>', 'where the answer names what was made, or none (/id)'),
    secret: optionalText('<name>', 'the secret that is the bearer token, or none (none)'),
    risk: optionalOneOf('how bad a double would be (medium)', ['low', 'medium', 'high']),
  },
  async run({ io, dryRun }, { name: effect, out, ...given }) {
    const { newContract } = await import('../contracts/new/new-contract.ts')
    return newContract({ io, dryRun }, { ...given, effect }, out)
  },
})
