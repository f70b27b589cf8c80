import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

/** For tests: in front of a provider, it changes the key of every write, as providers do that cut keys or lower their case. */
export async function startKeyChangingProxy(target: string, change: (key: string) => string) {
  const server = createServer((incoming, response) => {
    const headers = { ...incoming.headers }
    const key = headers['idempotency-key']
    if (typeof key === 'string') headers['idempotency-key'] = change(key)
    const onward = request(
      new URL(incoming.url ?? '/', target),
      { method: incoming.method ?? 'GET', headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        pipeline(answer, response, () => {})
      },
    )
    pipeline(incoming, onward, () => {})
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}
