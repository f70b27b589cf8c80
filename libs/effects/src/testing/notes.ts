import type { Socket } from 'node:net'
import { type Contract, type Entry, formatProblem, parseContract } from '@readback/contract'
import type { CallDeps } from '../call-provider.ts'
import { parseEgressAllow } from '../egress.ts'
import { createHttpCaller } from '../http-caller.ts'
import { serveSockets } from './server.ts'

/** For tests: a provider of notes that answers with bytes, and the contract that describes it. */
export type NoteWorld = {
  readonly contract: Contract
  readonly deps: CallDeps
  readonly stop: () => Promise<void>
}

export const NOTE: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'note.add',
  key: 'k1',
  payload: '{"text":"Zoë"}',
  createdAt: '2026-11-22T17:00:00Z',
}
export const NOTE_CALLED = { ...NOTE, externalId: null, calls: 1, answeredCalls: 0, seenPresentBefore: false }
/** What an honest provider answers, to the call and to the look. */
export const GOOD = '{"id":"n1","data":[{"key":"k1","text":"Zoë"}]}'

const NOTE_CAP_BYTES = 50_000

export async function noteWorld(
  behaviour: (socket: Socket, request: string) => void,
  timeout = '20s',
): Promise<NoteWorld> {
  const server = await serveSockets((socket) => void socket.on('data', (bytes) => behaviour(socket, String(bytes))))
  const allowed = parseEgressAllow('127.0.0.1')
  if (!allowed.ok) throw new Error('bad policy')
  const caller = createHttpCaller({ egress: allowed.policy, maxBodyBytes: NOTE_CAP_BYTES })
  const parsed = parseContract(contractAt(`http://127.0.0.1:${server.port}/notes`, timeout), 'note.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  return {
    contract: parsed.contract,
    deps: { caller, secret: () => 'the-token' },
    async stop() {
      await caller.close()
      await server.stop()
    },
  }
}

const contractAt = (url: string, timeout: string) => `effect: note.add
version: 1
auth: { bearer: "\${secret:TOKEN}" }
call: { method: POST, url: "${url}", body: { json: "\${payload}" }, timeout: ${timeout}, external_id: /id }
provider: { key: { in: header, at: Idempotency-Key, lifetime: 24h }, repeat: same_answer }
verify:
  by_key: { read: { url: "${url}?key=\${key}" }, items: /data, where: { /key: "\${key}" } }
  present: { match: { /text: "\${payload./text}" } }
on_unknown: reconcile
rollback: { strategy: none }
`

export const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`
export const ok = (body: string | Buffer, ...lines: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(head('HTTP/1.1 200 OK', `content-length: ${Buffer.byteLength(body)}`, ...lines)),
    Buffer.from(body),
  ])

/** Written in one piece, and the connection stays open. */
export const says = (bytes: string | Buffer) => (socket: Socket) => void socket.write(bytes)
