import { parseEnvironment, roleEnvironment } from '@readback/service-kit'
import { roleCommand } from '../framework/command.ts'

export const workerCommand = roleCommand({
  name: 'worker',
  summary: 'Run a delivery worker: claim, call, record',
  fields: {},
  async run({ io }) {
    const { serve } = await import('../serve/serve.ts')
    const settings = parseEnvironment(roleEnvironment.worker, io.env, io.readFile)
    return serve(io, { name: 'worker', roles: ['worker'], settings, contracts: 'deployed' })
  },
})
