/** What a request asks for. */
import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Behaviour } from './behaviour.ts'
import type { Json } from './effects.ts'
import { atPointer } from './pointer.ts'

const MAX_BODY_BYTES = 8 * 1024 * 1024

export interface Target {
  path: string
  /** The path's segments after the version, or after `/_`. */
  segments: string[]
  isControl: boolean
  query: URLSearchParams
}

export function targetOf(url: string): Target {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const isControl = path.startsWith('/_')
  const segments = isControl ? [path.slice(2)] : path.split('/').slice(2).map(decode)
  return { path, segments, isControl, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark)) }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Hands over the whole body; undefined if it is too large. By a callback, because every request goes through here. */
export function readBody(request: IncomingMessage, done: (body: Buffer | undefined) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
  })
  request.once('end', () => done(bytes > MAX_BODY_BYTES ? undefined : whole(chunks)))
}

const whole = (chunks: Buffer[]): Buffer => (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))

export const fingerprintOf = (body: Buffer): string => hash('sha256', body)

/** From where this provider looks for it; a header may have it bare or in quotes, and the field of the body comes last. */
export function keyOf(
  request: IncomingMessage,
  target: Target,
  body: Json | undefined,
  { keyIn = 'header', keyHeader = 'idempotency-key', keyField = '/metadata/key' }: Behaviour,
): string | null {
  if (keyIn === 'path') return target.segments[1] ?? null
  if (typeof keyIn === 'object') return target.query.get(keyIn.query)
  const header = request.headers[keyHeader.toLowerCase()]
  if (typeof header === 'string' && header !== '') return /^"(.*)"$/.exec(header)?.[1] ?? header
  const found = atPointer(body, keyField)
  return typeof found === 'string' ? found : null
}

/** Cut, where the provider has no room for the whole key. */
export const fitted = (key: string | null, { keyLength = Number.POSITIVE_INFINITY }: Behaviour): string | null =>
  key === null ? null : key.slice(0, keyLength)
