/** One request, from its first byte to its answer or its loss. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, errorAnswer, worded } from './answer.ts'
import { isLetIn, tokenAnswer } from './auth.ts'
import type { Behaviour } from './behaviour.ts'
import { callBack } from './call-back.ts'
import { control } from './control.ts'
import { type DetailedFault, FAULTS } from './fault.ts'
import { findMany, findOne, nothingThere } from './look.ts'
import { behaviourOf } from './options.ts'
import { parseBody } from './parse-body.ts'
import { reply } from './reply.ts'
import { fingerprintOf, fitted, keyOf, readBody, type Target, targetOf } from './request.ts'
import type { World } from './world.ts'
import { applyWrite } from './write.ts'

const NO_FAULT: DetailedFault = { name: 'none' }
const ACCOUNT: Answer = { status: 200, body: '{"id":"account_1","object":"account"}' }
const WRITES = new Set(['POST', 'PUT', 'PATCH'])

/** A request, its body once it is there, and what is known about whom it asks. */
export interface Exchange {
  world: World
  target: Target
  request: IncomingMessage
  response: ServerResponse
  behaviour: Behaviour
  raw?: Buffer | undefined
}

export function handle(world: World, request: IncomingMessage, response: ServerResponse): void {
  const target = targetOf(request.url ?? '/')
  if (target.isControl) return control(world, target, request, response)
  const behaviour = behaviourOf(world.options, target.segments[0] ?? null)
  const exchange: Exchange = { world, target, request, response, behaviour }
  if (request.method === 'GET' || request.method === 'HEAD') {
    request.resume()
    look(exchange)
  } else readBody(request, (raw) => withBody({ ...exchange, raw }))
}

function withBody(exchange: Exchange): void {
  const { request, target, behaviour } = exchange
  const [, second] = target.segments
  const { method = '' } = request
  if (method === 'POST' && behaviour.auth && (second === 'token' || second === 'login')) token(exchange, second)
  else if (method === 'POST' && behaviour.prepared && second === 'links') link(exchange)
  else if (method === 'POST' && behaviour.looksBy === 'POST' && second === 'search') look(exchange)
  else if (WRITES.has(method)) write(exchange)
  else look(exchange)
}

function write({ world, target, request, response, behaviour, raw }: Exchange): void {
  const body = raw && parseBody(raw, request.headers['content-type'])
  const fingerprint = raw ? fingerprintOf(raw) : null
  const key = fitted(keyOf(request, target, body, behaviour), behaviour)
  const [collection = null, ...deeper] = target.segments
  const call = { method: request.method ?? '', path: target.path, collection, key, fingerprint }
  const { entry, fault } = world.enter('writes', call)
  const to = { world, response, entry, behaviour }
  const refuse = (status: number, code: string) => reply(to, worded(undefined, status, code, behaviour), NO_FAULT)

  if (!isAllowed(world, behaviour, request, raw)) return refuse(401, 'unauthorised')
  if (!collection || deeper.length > (behaviour.keyIn === 'path' ? 1 : 0)) return refuse(404, 'not_found')
  if (fingerprint === null) return refuse(413, 'too_large')
  if (!body) return refuse(400, 'not_json')
  if (key !== null && !isWellFormed(key, behaviour)) return refuse(400, 'malformed_key')
  if (behaviour.prepared && !world.links.has(target.query.get('link') ?? '')) return refuse(404, 'link_unknown')
  const answer = applyWrite(world, { collection, key, fingerprint, body }, fault, entry)
  callBack(world, { collection, key, answer })
  reply(to, answer, fault)
}

function look(exchange: Exchange): void {
  const { world, target, request, response, behaviour, raw } = exchange
  const [collection = null] = target.segments
  const { method = 'GET' } = request
  const key = keyLookedFor(exchange)
  const { entry, fault } = world.enter('looks', { method, path: target.path, collection, key, fingerprint: null })
  const to = { world, response, entry, behaviour }

  if (!isAllowed(world, behaviour, request, raw)) return reply(to, errorAnswer(401, 'unauthorised'), NO_FAULT)
  const isAccount = collection === 'account'
  if (method !== (isAccount ? 'GET' : (behaviour.looksBy ?? 'GET')))
    return reply(to, errorAnswer(405, 'method_not_allowed'), NO_FAULT)
  const blind = FAULTS[fault.name].replying === 'nothing-there' && !isAccount
  reply(to, blind ? nothingThere(target.segments[1], behaviour) : answerTo(exchange), fault)
}

function answerTo(exchange: Exchange): Answer {
  const { world, target, behaviour } = exchange
  const [collection, id, ...deeper] = target.segments
  if (!collection || deeper.length > 0) return errorAnswer(404, 'not_found')
  if (collection === 'account' && id === undefined) return ACCOUNT
  const asksForMany = id === undefined || behaviour.looksBy === 'POST'
  return asksForMany ? findMany(world, collection, askedFor(exchange)) : findOne(world, collection, id)
}

/** By the query, or by the body where looks have one: `{ "key": ... }`, or text with a `<key>`. */
function askedFor({ target, request, raw }: Exchange): { get(name: string): string | null } {
  const body = raw && raw.length > 0 ? parseBody(raw, request.headers['content-type']) : undefined
  if (!body) return target.query
  const { text } = body
  const named = (name: string) => (typeof text === 'string' ? inMarkup(text, name) : body[name])
  return { get: (name) => (named(name) === undefined ? null : String(named(name))) }
}

const inMarkup = (text: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]

/** A look by id counts for the key of what it finds, so that a script speaks about keys alone. */
function keyLookedFor(exchange: Exchange): string | null {
  const { world, target } = exchange
  const [collection, id] = target.segments
  const asked = askedFor(exchange).get('key')
  if (asked !== null || !collection || id === undefined) return asked
  return world.effects.of(collection).find(id, Number.POSITIVE_INFINITY)?.key ?? null
}

function token(exchange: Exchange, place: string): void {
  const { behaviour, request, raw } = exchange
  const body = (raw && parseBody(raw, request.headers['content-type'])) ?? {}
  const grant = behaviour.auth && tokenAnswer(behaviour.auth, place, request, body)
  if (grant?.token) exchange.world.tokens.set(grant.token.text, grant.token.endsAtMs)
  answerAside(exchange, grant?.answer ?? errorAnswer(404, 'not_found'))
}

/** The link is where to write to: `{ "data": { "link": ... } }`. */
function link(exchange: Exchange): void {
  const { world, target, request } = exchange
  const name = `link-${world.links.size + 1}`
  world.links.add(name)
  const url = `http://${request.headers.host}/v1/${target.segments[0]}?link=${name}`
  answerAside(exchange, { status: 200, body: JSON.stringify({ data: { link: url, id: name } }) })
}

/** What is neither an effect nor a look at one. */
function answerAside({ world, target, request, response, behaviour }: Exchange, answer: Answer): void {
  const call = { method: request.method ?? '', path: target.path, collection: target.segments[0] ?? null }
  const { entry } = world.enter('looks', { ...call, key: null, fingerprint: null })
  reply({ world, response, entry, behaviour }, answer, NO_FAULT)
}

function isAllowed(world: World, { auth }: Behaviour, request: IncomingMessage, raw: Buffer | undefined): boolean {
  const { bearerToken } = world.options
  if (bearerToken !== undefined && request.headers.authorization !== `Bearer ${bearerToken}`) return false
  return isLetIn(auth, request, raw, world.tokens)
}

const isWellFormed = (key: string, { keyCharacters }: Behaviour): boolean =>
  keyCharacters === undefined || new RegExp(`^${keyCharacters}$`).test(key)
