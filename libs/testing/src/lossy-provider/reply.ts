/** How an answer reaches the caller, or does not. */
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { type Answer, errorAnswer } from './answer.ts'
import type { Behaviour } from './behaviour.ts'
import { type DetailedFault, FAULTS, type RetryAfter } from './fault.ts'
import { labelOf } from './format.ts'
import type { LedgerEntry } from './ledger.ts'
import type { World } from './world.ts'

const CHUNK = Buffer.alloc(64 * 1024, ' ')
const MIB = 1024 * 1024

export interface Reply {
  world: World
  response: ServerResponse
  entry: LedgerEntry
  behaviour: Behaviour
}

/** Gives `answer` in the way of the fault. */
export function reply(to: Reply, answer: Answer, fault: DetailedFault): void {
  switch (FAULTS[fault.name].replying) {
    case 'cut':
      return void to.response.socket?.resetAndDestroy()
    case 'never':
      return
    case 'late':
      return to.world.later(fault.delayMs ?? 0, () => send(to, answer))
    case 'refusal':
      return send(to, refusal(fault, to.world.now()))
    case 'redirect':
      return send(to, { ...errorAnswer(307, 'moved'), headers: { location: fault.location ?? '/' } })
    case 'malformed':
      return send(to, { ...answer, body: `<html>${answer.body}` })
    case 'truncated':
      return truncate(to, answer, fault.bytes ?? 0)
    case 'drip':
      return drip(to, answer, fault.delayMs ?? 0)
    case 'flood':
      return flood(to, answer, fault.bytes ?? 0)
    case 'bomb':
      return bomb(to, answer, fault.bytes ?? 0)
    default:
      return answerInTime(to, answer)
  }
}

function answerInTime(to: Reply, answer: Answer): void {
  const { latencyMs = 0 } = to.world.options
  if (latencyMs > 0) to.world.later(latencyMs, () => send(to, answer))
  else send(to, answer)
}

function send(to: Reply, answer: Answer): void {
  start(to, answer, Buffer.byteLength(answer.body)).end(answer.body)
}

function start({ response, entry, behaviour }: Reply, { status, headers }: Answer, length?: number): ServerResponse {
  entry.status = status
  response.once('finish', () => {
    entry.replied = true
  })
  return response.writeHead(status, {
    'content-type': labelOf(behaviour),
    ...(length !== undefined && { 'content-length': length }),
    ...headers,
  })
}

function refusal({ name, retryAfter }: DetailedFault, nowMs: number): Answer {
  const shape = FAULTS[name]
  const answer = errorAnswer('status' in shape ? shape.status : 500, name)
  if (retryAfter == null) return answer
  if (typeof retryAfter === 'object' && retryAfter.as === 'body') {
    const body = JSON.stringify({ error: { code: name }, retry_after_ms: retryAfter.ms })
    return { ...answer, body }
  }
  return { ...answer, headers: { 'retry-after': headerOf(retryAfter, nowMs) } }
}

function headerOf(retryAfter: Exclude<RetryAfter, null>, nowMs: number): string {
  if (typeof retryAfter === 'string') return retryAfter
  const { as, ms } = retryAfter
  return as === 'seconds' ? String(Math.ceil(ms / 1000)) : new Date(nowMs + ms).toUTCString()
}

function truncate(to: Reply, answer: Answer, bytes: number): void {
  const body = Buffer.from(answer.body)
  start(to, answer, body.length).write(body.subarray(0, bytes), () => to.response.socket?.destroy())
}

function drip(to: Reply, answer: Answer, everyMs: number): void {
  const body = Buffer.from(answer.body)
  const response = start(to, answer, body.length)
  const next = (position: number) => {
    if (response.destroyed) return
    if (position === body.length) return void response.end()
    response.write(body.subarray(position, position + 1))
    to.world.later(everyMs, () => next(position + 1))
  }
  next(0)
}

/** As many bytes as the caller is willing to read. */
function flood(to: Reply, answer: Answer, bytes: number): void {
  const response = start(to, answer)
  let left = bytes
  const pour = () => {
    while (left > 0 && !response.destroyed) {
      left -= CHUNK.length
      if (!response.write(CHUNK)) return void response.once('drain', pour)
    }
    response.end()
  }
  pour()
}

/** A gzip stream may have many members: one of a mebibyte of spaces, over and over, is a thousandth of its content. */
function bomb(to: Reply, answer: Answer, bytes: number): void {
  const member = gzipSync(Buffer.alloc(MIB, ' '))
  const body = Buffer.concat(Array.from({ length: Math.ceil(bytes / MIB) }, () => member))
  start(to, { ...answer, headers: { 'content-encoding': 'gzip' } }, body.length).end(body)
}
