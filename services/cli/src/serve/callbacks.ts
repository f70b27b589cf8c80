import { createPostHandler, type Post, type Refusal, type RequestHandler } from '@readback/service-kit'
import { type CallbackDeps, type CallbackResult, receiveCallback } from '@readback/verifier'

const LIMITS = { bytesMax: 256 * 1024, withinMs: 10_000, underWayMax: 64 }

/** `POST /callbacks/{tenant}/{effect}`: where providers may tell us that there is something to look at. */
export function callbackEndpoint(deps: CallbackDeps): RequestHandler {
  return createPostHandler({ prefix: '/callbacks/', ...LIMITS, answer: (post) => answer(deps, post) })
}

async function answer(deps: CallbackDeps, { path, headers, body }: Post): Promise<Refusal | null> {
  const [tenant, effect, ...more] = path
  if (tenant === undefined || effect === undefined || more.length > 0) return REFUSALS.not_expected ?? null
  return REFUSALS[await receiveCallback(deps, { tenant, effect, headers, body })] ?? null
}

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
