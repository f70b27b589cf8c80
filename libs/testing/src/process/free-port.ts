import { createServer } from 'node:net'

const LOWEST_PORT = 20_000
const PORTS = 12_000

/**
 * A free port on the loopback, below the range that systems give to outgoing connections: inside that range a client
 * that keeps dialling a dead server can be given the server's own port, talks to itself, and the server cannot restart.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS)
    if (await isFree(port)) return port
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)))
  })
}
