import { parseEnvironment, roleEnvironment } from '@readback/service-kit'
import { roleCommand } from '../framework/command.ts'

export const verifierCommand = roleCommand({
  name: 'verifier',
  summary: 'Run a verifier: read back, settle',
  fields: {},
  async run({ io }) {
    const { serve } = await import('../serve/serve.ts')
    const settings = parseEnvironment(roleEnvironment.verifier, io.env, io.readFile)
    return serve(io, { name: 'verifier', roles: ['verifier'], settings, contracts: 'deployed' })
  },
})
