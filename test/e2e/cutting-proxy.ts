/** Stands before a server and breaks connections: before a request has reached it, or after it has answered in full. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

export type Cut = 'never' | 'before_it_arrives' | 'after_it_was_answered'

export type Passage = { method: string; path: string; nth: number; cut: Cut; status: number | null }

export type CuttingProxy = { url: string; passages: readonly Passage[]; stop(): Promise<void> }

/** `cutFor` is asked once for each request; `nth` counts, from 1, what has the same method and path. */
export async function startCuttingProxy(
  upstreamUrl: string,
  cutFor: (request: { method: string; path: string; nth: number }) => Cut,
): Promise<CuttingProxy> {
  const passages: Passage[] = []
  const server = createServer((incoming, response) => {
    const { method = 'GET', url: path = '/' } = incoming
    const nth = 1 + passages.filter((passage) => passage.method === method && passage.path === path).length
    const passage: Passage = { method, path, nth, cut: cutFor({ method, path, nth }), status: null }
    passages.push(passage)
    pass(upstreamUrl, passage, incoming, response).catch(() => incoming.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    passages,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function pass(upstreamUrl: string, passage: Passage, incoming: IncomingMessage, response: ServerResponse) {
  const sent = await buffer(incoming)
  if (passage.cut === 'before_it_arrives') return void incoming.socket.resetAndDestroy()
  const { headers, method } = incoming
  const forward = request(new URL(passage.path, upstreamUrl), { method, headers }).end(sent)
  const [answer] = (await once(forward, 'response')) as [IncomingMessage]
  const body = await buffer(answer)
  passage.status = answer.statusCode ?? null
  if (passage.cut === 'after_it_was_answered') return void incoming.socket.resetAndDestroy()
  response.writeHead(passage.status ?? 502, answer.headers).end(body)
}
