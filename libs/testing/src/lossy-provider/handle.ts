/** One request, from its first byte to its answer or its loss. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, errorAnswer } from './answer.ts'
import { callBack } from './call-back.ts'
import { control } from './control.ts'
import { type DetailedFault, FAULTS } from './fault.ts'
import { findMany, findOne, nothingThere } from './look.ts'
import { reply } from './reply.ts'
import { fingerprintOf, keyOf, parseObject, readBody, type Target, targetOf } from './request.ts'
import type { World } from './world.ts'
import { applyWrite } from './write.ts'

const NO_FAULT: DetailedFault = { name: 'none' }
const ACCOUNT: Answer = { status: 200, body: '{"id":"account_1","object":"account"}' }

export function handle(world: World, request: IncomingMessage, response: ServerResponse): void {
  const target = targetOf(request.url ?? '/')
  if (target.isControl) control(world, target, request, response)
  else if (request.method === 'POST') readBody(request, (raw) => write(world, { target, request, response }, raw))
  else look(world, { target, request, response })
}

interface Exchange {
  target: Target
  request: IncomingMessage
  response: ServerResponse
}

function write(world: World, { target, request, response }: Exchange, raw: Buffer | undefined): void {
  const body = raw && parseObject(raw)
  const fingerprint = raw ? fingerprintOf(raw) : null
  const key = keyOf(request, body, world.options)
  const [collection = null, ...deeper] = target.segments
  const { entry, fault } = world.enter('writes', { method: 'POST', path: target.path, collection, key, fingerprint })
  const to = { world, response, entry }

  if (!isAllowed(world, request)) return reply(to, errorAnswer(401, 'unauthorised'), NO_FAULT)
  if (!collection || deeper.length > 0) return reply(to, errorAnswer(404, 'not_found'), NO_FAULT)
  if (fingerprint === null) return reply(to, errorAnswer(413, 'too_large'), NO_FAULT)
  if (!body) return reply(to, errorAnswer(400, 'not_json'), NO_FAULT)
  const answer = applyWrite(world, { collection, key, fingerprint, body }, fault, entry)
  callBack(world, { collection, key, answer })
  reply(to, answer, fault)
}

function look(world: World, { target, request, response }: Exchange): void {
  request.resume()
  const [collection = null, id] = target.segments
  const { method = 'GET' } = request
  const key = keyLookedFor(world, target)
  const { entry, fault } = world.enter('looks', { method, path: target.path, collection, key, fingerprint: null })
  const to = { world, response, entry }

  if (!isAllowed(world, request)) return reply(to, errorAnswer(401, 'unauthorised'), NO_FAULT)
  if (method !== 'GET') return reply(to, errorAnswer(405, 'method_not_allowed'), NO_FAULT)
  const blind = FAULTS[fault.name].replying === 'nothing-there' && collection !== 'account'
  reply(to, blind ? nothingThere(id) : answerTo(world, target), fault)
}

function answerTo(world: World, { segments: [collection, id, ...deeper], search }: Target): Answer {
  if (!collection || deeper.length > 0) return errorAnswer(404, 'not_found')
  if (collection === 'account' && id === undefined) return ACCOUNT
  return id === undefined ? findMany(world, collection, new URLSearchParams(search)) : findOne(world, collection, id)
}

/** A look by id counts for the key of what it finds, so that a script speaks about keys alone. */
function keyLookedFor(world: World, { segments: [collection, id], search }: Target): string | null {
  const asked = new URLSearchParams(search).get('key')
  if (asked !== null || !collection || id === undefined) return asked
  return world.effects.of(collection).find(id, Number.POSITIVE_INFINITY)?.key ?? null
}

const isAllowed = ({ options }: World, request: IncomingMessage): boolean =>
  options.bearerToken === undefined || request.headers.authorization === `Bearer ${options.bearerToken}`
