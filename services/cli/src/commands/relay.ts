import { parseEnvironment, roleEnvironment } from '@readback/service-kit'
import { roleCommand } from '../framework/command.ts'

export const relayCommand = roleCommand({
  name: 'relay',
  summary: 'Run the relay: outbox to Kafka, and again what is due',
  fields: {},
  async run({ io }) {
    const { serve } = await import('../serve/serve.ts')
    const settings = parseEnvironment(roleEnvironment.relay, io.env, io.readFile)
    return serve(io, {
      name: 'relay',
      roles: ['relay'],
      settings: { ...CALLS_NOBODY, ...settings },
      contracts: 'ignored',
    })
  },
})

const CALLS_NOBODY = { egressAllow: '', leaseMs: 0, slots: 0 }
