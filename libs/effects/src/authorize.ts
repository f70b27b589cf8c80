import { performance } from 'node:perf_hooks'
import type { Answer, AuthPlan, RequestPlan, TokenPlan } from '@readback/contract'
import { onAbort } from '@readback/waiting'
import { createDenialMemory } from './denial-memory.ts'
import type { Exchange } from './exchange.ts'
import { signAws } from './sign-aws.ts'
import { createTokenStore, type Grant } from './token-store.ts'

export type Send = (plan: RequestPlan, signal: AbortSignal) => Promise<Exchange>

/** Whether an answer denies the credential, and so proves that nothing was done. */
export type Denies = (answer: Answer) => boolean

/**
 * Sends requests whose credential must be fetched or computed first. All of it, the token request too, counts into the time of the
 * one request. A token that was held and is denied is renewed once, and the request sent again: whoever denies has done nothing.
 */
export function createAuthorizer(send: Send, now: () => number) {
  const monotonicMs = () => performance.now()
  const tokens = createTokenStore({ send, monotonicMs, now })
  const denials = createDenialMemory(monotonicMs)

  async function withToken(plan: RequestPlan, auth: TokenPlan, signal: AbortSignal, denies: Denies): Promise<Exchange> {
    const startedMs = performance.now()
    const leftMs = () => plan.timeoutMs - (performance.now() - startedMs)
    const attempt = async (denied?: string): Promise<[Grant, Exchange]> => {
      const grant = await inTime(tokens.grant(auth, denied), leftMs(), signal)
      const ready = grant.ok && leftMs() >= 1
      const bare = { ...plan, auth: null, timeoutMs: leftMs() }
      const exchange = ready ? await send(carrying(bare, auth, grant.token), signal) : notSent(grant.ok ? LATE : grant)
      const durationMs = performance.now() - startedMs
      return [grant, { ...exchange, durationMs, ...(grant.ok && { credential: grant.token }) }]
    }
    const [grant, exchange] = await attempt()
    const { answer } = exchange
    const held = grant.ok && !grant.fresh ? grant.token : null
    if (held === null || answer === null || !denies(answer)) return exchange
    if (!denials.isOfTheToken(auth.id, answer.status)) return exchange
    const [, again] = await attempt(held)
    if (again.answer !== null && denies(again.answer)) denials.remember(auth.id)
    return again
  }

  return (plan: RequestPlan, auth: AuthPlan, signal: AbortSignal, denies: Denies): Promise<Exchange> =>
    auth.kind === 'token'
      ? withToken(plan, auth, signal, denies)
      : send({ ...signAws(plan, auth, new Date(now())), auth: null }, signal)
}

function carrying(plan: RequestPlan, { rules: { give } }: TokenPlan, token: string): RequestPlan {
  const others = plan.headers.filter(([name]) => name !== give.header)
  return { ...plan, headers: [...others, [give.header, `${give.before}${token}${give.after}`]] }
}

type Failure = Extract<Grant, { ok: false }>

const LATE: Failure = { ok: false, code: 'deadline', message: 'no token in time', retryAfterMs: null }
const STOPPED: Failure = { ok: false, code: 'aborted', message: 'stopped by the caller', retryAfterMs: null }

/** The token request goes on for others when this one's time is up. */
function inTime(grant: Promise<Grant>, ms: number, signal: AbortSignal): Promise<Grant> {
  if (signal.aborted) return Promise.resolve(STOPPED)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(LATE), ms)
    const forget = onAbort(signal, () => resolve(STOPPED))
    grant.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      forget()
    })
  })
}

function notSent({ code, message, retryAfterMs }: Failure): Exchange {
  return {
    phase: 'blocked',
    answer: null,
    error: { code, message },
    requestSent: false,
    statusCode: null,
    bytesSent: 0,
    bytesReceived: 0,
    durationMs: 0,
    timings: () => ({}),
    retryAfterMs,
  }
}
