import { readCommand } from '../framework/command.ts'

export const contractsSchemaCommand = readCommand({
  name: 'contracts schema',
  summary: 'Print the JSON Schema of contract files, for completion and hover texts in an editor',
  withoutDatabase: true,
  fields: {},
  async run() {
    const { contractJsonSchema } = await import('@readback/contract')
    const schema = contractJsonSchema()
    return { data: schema, show: () => JSON.stringify(schema, null, 2) }
  },
})
