import { changeCommand } from '../framework/command.ts'
import { required, trailing } from '../framework/field.ts'

export const contractsDocsCommand = changeCommand({
  name: 'contracts docs',
  summary: 'Write a page for people about each effect: what it does, what protects it, what happens when',
  withoutDatabase: true,
  fields: {
    files: trailing('files or folders (default: READBACK_CONTRACTS, or ./effects)'),
    out: required('<folder>', 'where to write the pages'),
  },
  async run({ io, dryRun }, { files, out }) {
    const { writeDocs } = await import('../contracts/docs/write-docs.ts')
    return writeDocs({ io, dryRun }, files, out)
  },
})
