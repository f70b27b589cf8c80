/** A line to a server that can be cut, or made to hang: as networks do it, and not as a server would. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * `through`: all is as without it. `cut`: every connection breaks, and none is taken. `hang`: connections are taken and kept,
 * and nothing comes through. What hung is broken when it hangs no more: its other end has forgotten it.
 */
export type LineState = 'through' | 'cut' | 'hang'

export type TcpProxy = { port: number; set(state: LineState): void; close(): Promise<void> }

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let state: LineState = 'through'
  const breakAll = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const keep = (socket: Socket) => {
    sockets.add(socket)
    // Whoever breaks one end breaks the other; why it broke is nothing that concerns a line.
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer((near) => {
    if (state === 'cut') return void near.on('error', () => {}).resetAndDestroy()
    keep(near)
    if (state === 'hang') return
    const far = keep(connect(target))
    near.pipe(far).pipe(near)
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      if (next === 'hang') for (const socket of sockets) socket.unpipe().pause()
      else breakAll()
      state = next
    },
    close() {
      breakAll()
      return new Promise((resolve) => void server.close(() => resolve()))
    },
  }
}

/** The same address by way of the proxy. */
export function throughProxy(url: string, { port }: TcpProxy): string {
  const by = new URL(url)
  by.searchParams.delete('host')
  by.host = `127.0.0.1:${port}`
  return by.href
}
