import { parseEnvironment, roleEnvironment } from '@readback/service-kit'
import { roleCommand } from '../framework/command.ts'

export const allCommand = roleCommand({
  name: 'all',
  summary: 'Run every role in this process; any number of them share one database',
  fields: {},
  async run({ io }) {
    const { serve } = await import('../serve/serve.ts')
    const settings = parseEnvironment(roleEnvironment.all, io.env, io.readFile)
    return serve(io, { name: 'all', roles: ['relay', 'worker', 'verifier'], settings, contracts: 'deployed' })
  },
})
