import {
  createPostHandler,
  type Post,
  type PostEndpoint,
  pathOf,
  type Refusal,
  type RequestHandler,
  rest,
} from '@readback/service-kit'
import { type CallbackDeps, type CallbackResult, receiveCallback } from '@readback/verifier'

const LIMITS = { bytesMax: 256 * 1024, withinMs: 10_000, underWayMax: 64 }
// A database that hangs must not use up the room that the callbacks for others need.
const ANSWER_MS = 5_000

/** Null while the roles cannot work on this database. */
export type CallbacksOf = () => CallbackDeps | null

/**
 * `POST /callbacks/{tenant}/{effect}`: where providers may tell us that there is something to look at. Where it is known which
 * database the entry is in, `/callbacks/{source}/{tenant}/{effect}`; else it is a hint to each of them.
 */
export function callbackEndpoint(sources: ReadonlyMap<string, CallbacksOf>): RequestHandler {
  const one = [...sources].map(([source, deps]) => [source, handlerOf(`/callbacks/${source}/`, [deps])] as const)
  const ofSource = new Map(one)
  const ofAll = handlerOf('/callbacks/', [...sources.values()])
  return (request, response) => {
    const [, , source = '', ...more] = pathOf(request).split('/')
    return ((more.length === 2 && ofSource.get(source)) || ofAll)(request, response)
  }
}

const handlerOf = (prefix: PostEndpoint['prefix'], sources: readonly CallbacksOf[]) =>
  createPostHandler({ prefix, ...LIMITS, answer: (post) => answer(sources, post) })

async function answer(sources: readonly CallbacksOf[], { path, headers, body }: Post): Promise<Refusal | null> {
  const [tenant, effect, ...more] = path
  if (tenant === undefined || effect === undefined || more.length > 0) return REFUSALS.not_expected ?? null
  const callback = { tenant, effect, headers, body }
  const answers = await Promise.allSettled(sources.map((deps) => inTime(deps, callback)))
  const results = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const silent = answers.find((each) => each.status === 'rejected')
  // It may have been meant for the one that does not answer: whoever sent it comes again.
  if (silent && !results.includes('brought_forward')) throw silent.reason
  return REFUSALS[bestOf(results)] ?? null
}

async function inTime(deps: CallbacksOf, callback: Parameters<typeof receiveCallback>[1]): Promise<CallbackResult> {
  const known = deps()
  if (known === null) throw new Error('This database is not worked on yet.')
  const answered = new AbortController()
  const late = rest(ANSWER_MS, answered.signal).then(() => {
    throw new Error(`No answer within ${ANSWER_MS} ms.`)
  })
  try {
    return await Promise.race([receiveCallback(known, callback), late])
  } finally {
    answered.abort()
  }
}

/** Databases have the same contracts, or will have soon: one that expects the callback knows more than one that does not. */
const bestOf = (results: readonly CallbackResult[]): CallbackResult =>
  results.find((result) => REFUSALS[result] === undefined) ??
  results.find((result) => result !== 'not_expected') ??
  'not_expected'

/** Everything else is accepted, so that nobody learns from the answer which keys there are. */
const REFUSALS: Partial<Readonly<Record<CallbackResult, Refusal>>> = {
  not_expected: {
    status: 404,
    code: 'callback_not_expected',
    detail: 'No contract expects callbacks at this address, which is /callbacks/{tenant}/{effect}.',
  },
  signature_invalid: {
    status: 401,
    code: 'signature_invalid',
    detail: 'The signature is missing, too old, or not that of the secret that is known here.',
    headers: { 'www-authenticate': 'Signature' },
  },
  not_json: { status: 400, code: 'body_not_json', detail: 'The body is not JSON, or nested too deep.' },
  secret_unusable: {
    status: 503,
    code: 'secret_unusable',
    detail: 'The secret of this callback is not configured here; come again later.',
    headers: { 'retry-after': '60' },
  },
}
