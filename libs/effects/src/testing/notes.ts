import type { Socket } from 'node:net'
import {
  type Contract,
  type CustomCode,
  contractFromModule,
  type Entry,
  formatProblem,
  type ParsedContract,
  parseContract,
} from '@readback/contract'
import type { CallDeps } from '../call-result.ts'
import { parseEgressAllow } from '../egress.ts'
import { createHttpCaller } from '../http-caller.ts'
import { serveSockets, serveTls } from './server.ts'

/** For tests: a provider of notes that answers with bytes, and the contract that describes it. */
export type NoteWorld = {
  readonly contract: Contract
  readonly deps: CallDeps
  /** Of how many requests the provider has seen the beginning. */
  readonly requests: () => number
  readonly stop: () => Promise<void>
}

export type NoteOptions = {
  readonly timeout?: string
  /** Where the contract thinks that the provider is. */
  readonly url?: (port: number) => string
  readonly allow?: string
  /** With a certificate that nobody trusts. */
  readonly tls?: boolean
  /** `URL` in it is where the provider is. */
  readonly auth?: string
  /** More of the contract. */
  readonly more?: string
  readonly secret?: string
  readonly connections?: number
  /** The code that makes the call, told where the provider is. */
  readonly code?: (url: string) => NonNullable<CustomCode['call']>
}

/** What the provider does with each piece of bytes that it gets. */
export type Behaviour = (socket: Socket, request: string) => void

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

export async function noteWorld(behaviour: Behaviour, options: NoteOptions = {}): Promise<NoteWorld> {
  let requests = 0
  const {
    url = (port: number) => `http://127.0.0.1:${port}`,
    allow = '127.0.0.1',
    secret = 'the-token',
    connections,
  } = options
  const server = await (options.tls === true ? serveTls : serveSockets)((socket) => {
    socket.on('data', (bytes) => {
      const request = String(bytes)
      if (/^(?:POST|GET) \/notes/.test(request)) requests += 1
      behaviour(socket, request)
    })
  })
  const allowed = parseEgressAllow(allow)
  if (!allowed.ok) throw new Error('bad policy')
  const caller = createHttpCaller({
    egress: allowed.policy,
    maxBodyBytes: NOTE_CAP_BYTES,
    ...(connections && { connections }),
  })
  const parsed = contractOf(url(server.port), options)
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  return {
    contract: parsed.contract,
    deps: { caller, secret: () => secret, now: () => NOW_MS },
    requests: () => requests,
    async stop() {
      await caller.close()
      await server.stop()
    },
  }
}

/** When the tests of notes take place. */
const NOW_MS = Date.UTC(2026, 10, 22, 17)

function contractOf(url: string, options: NoteOptions): ParsedContract {
  if (options.code === undefined) return parseContract(contractAt(url, options), 'note.yaml')
  const exported = {
    effect: 'note.add',
    version: 1,
    call: { timeout: options.timeout ?? '20s' },
    provider: { key: { in: 'body' }, repeat: 'acts_again' },
    verify: { by_key: { where: { '/key': '${key}' } } },
    on_unknown: 'reconcile',
    rollback: { strategy: 'none' },
    custom: { call: options.code(url), look: () => ({ items: [], complete: true }) },
  }
  return contractFromModule({ file: 'note.mjs', text: '', exported })
}

const contractAt = (url: string, { timeout = '20s', auth = 'bearer: "${secret:TOKEN}"', more = '' }: NoteOptions) =>
  `effect: note.add
version: 1
payload: { type: object, required: [text] }
auth: { ${auth.replaceAll('URL', url)} }
call: { method: POST, url: "${url}/notes", body: { json: "\${payload}" }, timeout: ${timeout}, external_id: /id }
provider: { key: { in: header, at: Idempotency-Key, max_bytes: 20, lifetime: 24h }, repeat: same_answer }
verify:
  by_key: { read: { url: "${url}/notes?key=\${key}" }, items: /data, where: { /key: "\${key}" } }
  present: { match: { /text: "\${payload./text}" } }
on_unknown: reconcile
rollback: { strategy: none }
${more}
`

export const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`
export const ok = (body: string | Buffer, ...lines: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(head('HTTP/1.1 200 OK', `content-length: ${Buffer.byteLength(body)}`, ...lines)),
    Buffer.from(body),
  ])

/** Written in one piece, and the connection stays open. */
export const says = (bytes: string | Buffer) => (socket: Socket) => void socket.write(bytes)

/** An answer with a status and nothing to it but, perhaps, headers and a body. */
export const answers = (status: number, body = '', ...lines: string[]) =>
  says(`${head(`HTTP/1.1 ${status} X`, `content-length: ${Buffer.byteLength(body)}`, ...lines)}${body}`)
