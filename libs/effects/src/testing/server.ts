import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { RequestPlan } from '@readback/contract'
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts'

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

/** The same within TLS, with a certificate that nobody trusts. */
export function serveTls(handler: (socket: Socket) => void): Promise<TestServer> {
  const server = createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, handler)
  // A client that leaves amid the handshake is a part of the test.
  return started(server.on('tlsClientError', () => {}))
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

const ASLEEP = `
const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, String(server.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

/** A port that is open and whose queue is full: nobody is refused there, and nobody gets in. */
export async function blackHole(): Promise<{ port: number; stop: () => Promise<void> }> {
  const asleep = spawn(process.execPath, ['-e', ASLEEP], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(asleep.stdout, 'data')) as [Buffer]
  const port = Number(String(said))
  // As many as the queue takes, and some that wait before it.
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  return {
    port,
    async stop() {
      for (const socket of waiting) socket.destroy()
      asleep.kill('SIGKILL')
      await once(asleep, 'exit')
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

/** A server, or the code of a contract, that takes its time. */
export function later(ms: number, act: () => unknown): void {
  setTimeout(act, ms)
}
