import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { RequestPlan } from '@readback/contract'

/** For tests: a server on a free port of the loopback, which counts what reaches it. */
export type TestServer = {
  readonly port: number
  readonly connections: () => number
  readonly stop: () => Promise<void>
}

/** Speaks HTTP. */
export function serveHttp(listener: RequestListener): Promise<TestServer> {
  return started(createHttpServer(listener))
}

/** Speaks whatever the handler writes. */
export function serveSockets(handler: (socket: Socket) => void): Promise<TestServer> {
  return started(createServer(handler))
}

async function started(server: ReturnType<typeof createServer>): Promise<TestServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A POST with a small body to the loopback, or to another URL. */
export function post(target: number | string, more: Partial<RequestPlan> = {}): RequestPlan {
  const url = typeof target === 'number' ? `http://127.0.0.1:${target}/v1/things` : target
  return {
    method: 'POST',
    url,
    urlTemplate: url,
    headers: [['content-type', 'application/json']],
    body: '{"a":1}',
    timeoutMs: 5_000,
    ...more,
  }
}
