import { type Answer, is2xx, parseExactly, retryAfterMs, type TokenPlan, valueAt } from '@readback/contract'
import type { Exchange } from './exchange.ts'
import { readToken } from './read-token.ts'

/** `fresh` says that the token was fetched while its caller waited: a provider that denies it will deny the next one, too. */
export type Grant =
  | { readonly ok: true; readonly token: string; readonly fresh: boolean }
  | {
      readonly ok: false
      readonly code: string
      readonly message: string
      readonly retryAfterMs: number | null
    }

export type TokenStore = {
  /** The token that is held, or a new one when there is none, or it ends soon, or it is the one that was `denied`. */
  readonly grant: (plan: TokenPlan, denied?: string) => Promise<Grant>
}

export type TokenStoreDeps = {
  readonly send: (plan: TokenPlan['request'], signal: AbortSignal) => Promise<Exchange>
  readonly monotonicMs: () => number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

type Held = { readonly token: string; readonly renewAtMs: number }

/** A tenant each may have one; beyond that the oldest is fetched again when it is needed. */
const HELD_MAX = 1_000

/**
 * The tokens of one process. However many calls need one, it is asked for once: they all wait for the same request. What it proves
 * is remembered no longer than the calls that waited, so that a refusal is not kept.
 */
export function createTokenStore({ send, monotonicMs, now }: TokenStoreDeps): TokenStore {
  const held = new Map<string, Held>()
  const flights = new Map<string, Promise<Grant>>()

  async function fetchToken({ id, request, rules }: TokenPlan): Promise<Grant> {
    // Its own time-out ends it: the call that began it may give up while others still wait.
    const { answer, error } = await send(request, NEVER)
    if (answer === null) return failed(error?.code === 'egress_denied' ? 'egress_denied' : UNAVAILABLE, sentence(error))
    if (!is2xx(answer.status) || answer.truncated) return refusal(answer, now())
    const read = readToken(rules, answer)
    if (read === null) return failed(UNAVAILABLE, 'the answer to the token request holds no token')
    keep(held, id, { token: read.token, renewAtMs: renewAt(monotonicMs(), read.lifetimeMs) })
    return { ok: true, token: read.token, fresh: true }
  }

  function fly(plan: TokenPlan): Promise<Grant> {
    const flight = flights.get(plan.id) ?? fetchToken(plan).finally(() => flights.delete(plan.id))
    flights.set(plan.id, flight)
    return flight
  }

  return {
    async grant(plan, denied) {
      const known = held.get(plan.id)
      const usable = known !== undefined && known.token !== denied && monotonicMs() < known.renewAtMs
      return usable ? { ok: true, token: known.token, fresh: false } : await fly(plan)
    },
  }
}

const NEVER = new AbortController().signal
const UNAVAILABLE = 'token_unavailable'

function keep(held: Map<string, Held>, id: string, one: Held): void {
  held.delete(id)
  held.set(id, one)
  const [oldest] = held.keys()
  if (held.size > HELD_MAX && oldest !== undefined) held.delete(oldest)
}

/** A quarter of a short life, at most half a minute: longer than any call takes, so that no token ends on its way. */
function renewAt(nowMs: number, lifetimeMs: number | null): number {
  return lifetimeMs === null ? Number.POSITIVE_INFINITY : nowMs + lifetimeMs - Math.min(30_000, lifetimeMs / 4)
}

const REFUSED = new Set([400, 401, 403])

/** Somebody must change the credential; everything else may be well again soon. */
function refusal(answer: Answer, nowMs: number): Grant {
  const refused = REFUSED.has(answer.status) && !answer.truncated
  const reason = valueAt(parseExactly(answer.body), ['error'])
  const named = typeof reason === 'string' && /^[a-z_]{1,40}$/.test(reason) ? ` ${reason}` : ''
  const message = `the token request was answered ${answer.status}${named}${answer.truncated ? ', and cut' : ''}`
  return failed(refused ? 'token_refused' : UNAVAILABLE, message, retryAfterMs(answer.headers, nowMs))
}

const sentence = (error: Exchange['error']): string =>
  error === null ? 'the token request was not answered' : `token request: ${error.code}: ${error.message}`

function failed(code: string, message: string, waitMs: number | null = null): Grant {
  return { ok: false, code, message, retryAfterMs: waitMs }
}
