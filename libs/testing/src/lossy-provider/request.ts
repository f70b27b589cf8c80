/** What a request asks for. */
import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Json } from './effects.ts'
import type { LossyProviderOptions } from './options.ts'

const MAX_BODY_BYTES = 8 * 1024 * 1024

export interface Target {
  path: string
  /** The path's segments after the version, or after `/_`. */
  segments: string[]
  isControl: boolean
  /** From the question mark on. */
  search: string
}

export function targetOf(url: string): Target {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const isControl = path.startsWith('/_')
  const segments = isControl ? [path.slice(2)] : path.split('/').slice(2).map(decode)
  return { path, segments, isControl, search: mark < 0 ? '' : url.slice(mark) }
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

export function parseObject(body: Buffer): Json | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Json) : undefined
  } catch {
    return undefined
  }
}

/** From the header, bare or in quotes, or else from the body's field. */
export function keyOf(request: IncomingMessage, body: Json | undefined, options: LossyProviderOptions): string | null {
  const header = request.headers[(options.keyHeader ?? 'idempotency-key').toLowerCase()]
  if (typeof header === 'string' && header !== '') return /^"(.*)"$/.exec(header)?.[1] ?? header
  const found = atPointer(body, options.keyField ?? '/metadata/key')
  return typeof found === 'string' ? found : null
}

function atPointer(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((inside, name) => (isObject(inside) ? inside[name] : undefined), value)
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null
