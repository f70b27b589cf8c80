/**
 * Stands before a server and breaks what passes: before a request has reached it, after it has answered in full, or by
 * answering in its place.
 */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

export type Cut = 'never' | 'before_it_arrives' | 'after_it_was_answered' | 'answered_and_dropped'

export type Asked = { method: string; path: string; headers: IncomingHttpHeaders; body: string }

/** `effect` names what is written, and is null for what only looks; `nth` counts from 1 what has the same effect. */
export type Passage = {
  method: string
  path: string
  effect: string | null
  nth: number
  cut: Cut
  status: number | null
}

export type CuttingProxy = { url: string; passages: readonly Passage[]; stop(): Promise<void> }

export type CuttingProxyOptions = {
  effectOf(asked: Asked): string | null
  /** Asked once for each request; `effect` is null for a look. */
  cutFor(request: { effect: string | null; nth: number }): Cut
  /** What it says to what it drops. */
  dropped?: { status: number; body: string }
}

/** Decides what becomes of a request, and writes it down. */
export function passageOf(passages: Passage[], { effectOf, cutFor }: CuttingProxyOptions) {
  const counts = new Map<string, number>()
  return (asked: Asked): Passage => {
    const { method, path } = asked
    const effect = effectOf(asked)
    const nth = 1 + (counts.get(effect ?? '') ?? 0)
    counts.set(effect ?? '', nth)
    const passage: Passage = { method, path, effect, nth, cut: cutFor({ effect, nth }), status: null }
    passages.push(passage)
    return passage
  }
}

export async function startCuttingProxy(upstreamUrl: string, options: CuttingProxyOptions): Promise<CuttingProxy> {
  const passages: Passage[] = []
  const enter = passageOf(passages, options)
  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => incoming.socket.destroy())
  })
  const pass = async (incoming: IncomingMessage, response: ServerResponse) => {
    const sent = await buffer(incoming)
    const { method = 'GET', url: path = '/', headers } = incoming
    const passage = enter({ method, path, headers, body: String(sent) })
    const { cut } = passage
    if (cut === 'before_it_arrives') return void incoming.socket.resetAndDestroy()
    const { status, body } = options.dropped ?? { status: 200, body: '{}' }
    if (cut === 'answered_and_dropped')
      return void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    const answer = await passOn(upstreamUrl, incoming, sent)
    passage.status = answer.status
    if (cut === 'after_it_was_answered') return void incoming.socket.resetAndDestroy()
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }
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

async function passOn(upstreamUrl: string, { method, url = '/', headers }: IncomingMessage, sent: Buffer) {
  const forward = request(new URL(url, upstreamUrl), { method, headers }).end(sent)
  const [answer] = (await once(forward, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) }
}
