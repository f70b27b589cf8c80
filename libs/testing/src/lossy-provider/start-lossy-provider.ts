/**
 * A real HTTP server that plays the outside world at its worst, and keeps a ledger of what really happened.
 *
 *     const provider = await startLossyProvider({ kind: 'keyed', plan: { writes: { byKey: { 'k-1': ['reply-lost'] } } } })
 *     // POST {provider.url}/v1/invoices with Idempotency-Key: k-1  → the connection breaks, and yet:
 *     await provider.effects('invoices')   // [{ id: 'invoices_1', key: 'k-1', ... }]
 *
 * POST /v1/:collection makes an effect; GET /v1/:collection/:id and GET /v1/:collection?key=&limit=&starting_after=
 * look; GET /v1/account always has an answer, to tell "nothing there" from "not allowed to look". Where the key stands, how
 * one looks and logs in, and what answers are written in is the behaviour of a collection (behaviour.ts).
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { handle } from './handle.ts'
import type { LossyProvider } from './lossy-provider.ts'
import type { LossyProviderOptions } from './options.ts'
import { startMailServer } from './smtp.ts'
import { World } from './world.ts'

export async function startLossyProvider(options: LossyProviderOptions = {}): Promise<LossyProvider> {
  const world = new World(options)
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => handle(world, request, response))
  const host = options.host ?? '127.0.0.1'
  server.listen(options.port ?? 0, host)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const mail = options.mail ? await startMailServer(world, host) : null

  return {
    url: `http://${host}:${port}`,
    mailUrl: mail && `smtp://${host}:${mail.port}`,
    ledger: async () => structuredClone(world.ledger),
    effects: async (collection) => structuredClone(world.effects.all(collection)),
    calls: async (key) => structuredClone(world.ledger.filter((entry) => entry.key === key)),
    plan: async (plan) => world.plan(plan),
    callBack: async (to) => {
      world.callBackTo = to
    },
    calledBack: async () => structuredClone(world.calledBack),
    reset: async () => world.reset(),
    async stop() {
      world.forgetTheFuture()
      await mail?.stop()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
