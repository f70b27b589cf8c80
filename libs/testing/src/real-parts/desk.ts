/**
 * Where the test workers of one run get the real parts that they share. Workers are processes that come and go, so the
 * parts belong to the main process; it starts one when the first worker asks for it, and stops all at the end.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { realParts } from './parts.ts'

/** Where the desk is, for the workers. */
export const DESK_VARIABLE = 'READBACK_TEST_DESK'

export interface Desk {
  url: string
  close(): Promise<void>
}

export async function openDesk(): Promise<Desk> {
  const parts = realParts()
  const server = createServer((request, response) => {
    const part = request.url === '/postgres' ? parts.postgres() : parts.kafka()
    part.then(
      (found) => answer(response, 200, found),
      (error: unknown) => answer(response, 503, { error: error instanceof Error ? error.message : String(error) }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await parts.stop()
    },
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
