/** Stands before a mail server, holds each mail back until its final dot, and then breaks what passes. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type CuttingProxy, type CuttingProxyOptions, type Passage, passageOf } from './cutting-proxy.ts'

const END = '\r\n.\r\n'

export async function startCuttingMailProxy(upstreamUrl: string, options: CuttingProxyOptions): Promise<CuttingProxy> {
  const passages: Passage[] = []
  const enter = passageOf(passages, options)
  const { hostname, port } = new URL(upstreamUrl)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => [client, upstream].map((each) => each.destroy()))
    }
    stand(client, upstream, enter)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    passages,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function stand(client: Socket, upstream: Socket, enter: ReturnType<typeof passageOf>): void {
  let mail: string | null = null
  let passage: Passage | null = null
  upstream.on('data', (said: Buffer) => {
    if (/^354/m.test(String(said))) mail = ''
    if (passage) passage.status = Number(String(said).slice(0, 3))
    if (passage?.cut === 'after_it_was_answered') return void client.resetAndDestroy()
    passage = null
    client.write(said)
  })
  client.on('data', (sent: Buffer) => {
    if (mail === null) return void (upstream.destroyed || upstream.write(sent))
    mail += String(sent)
    if (!mail.endsWith(END)) return
    const content = mail
    mail = null
    passage = enter({ method: 'SMTP', path: '/', headers: {}, body: content })
    if (passage.cut === 'before_it_arrives') return void client.resetAndDestroy()
    if (passage.cut !== 'answered_and_dropped') return void upstream.write(content)
    // From here on there is nobody to talk to any more.
    client.removeAllListeners('data')
    client.write('250 taken\r\n')
    client.on('data', () => client.end('221 bye\r\n'))
  })
}
