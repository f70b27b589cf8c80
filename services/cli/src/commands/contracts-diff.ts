import { readCommand } from '../framework/command.ts'
import { argument, trailing } from '../framework/field.ts'

export const contractsDiffCommand = readCommand({
  name: 'contracts diff',
  summary:
    'Say what changed in meaning between two contracts, or since the deployed one; 3 when it needs a new version',
  list: true,
  fields: {
    file: argument('the contract file; the older one, when there are two'),
    newer: trailing('the newer file (default: FILE is compared with what is deployed)'),
  },
  async run(context, { file, newer }) {
    const { diffContracts } = await import('../contracts/diff-contracts.ts')
    return diffContracts(context, file, newer)
  },
})
