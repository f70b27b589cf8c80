import type { CodeAnswer, CodeHttp, CodeRequest, RequestPlan, SentRequests } from '@readback/contract'
import type { LookDeps } from './call-result.ts'
import type { Exchange } from './exchange.ts'
import type { CodeTime } from './run-code.ts'
import { trackSecrets } from './track-secrets.ts'

/** What code reaches a provider by: guarded, counted, and dead as soon as its time is up. */
export type CodeLine = {
  readonly http: CodeHttp
  readonly secret: (name: string) => string
  /** Secrets that went out. */
  readonly used: ReadonlySet<string>
  /** A request that nobody waits for counts as lost. */
  sent(): SentRequests
  requests(): number
  last(): Exchange | null
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH'])

/** Code that only looks must not act: it is run again freely. */
export function openCodeLine(
  { caller, secret: source, notAfterMs }: LookDeps & { readonly notAfterMs?: number },
  { signal, leftMs }: CodeTime,
  purpose: 'acts' | 'only looks',
): CodeLine {
  const { secret, used } = trackSecrets(source)
  let requests = 0
  let left = 0
  let answered = 0
  let last: Exchange | null = null

  async function http(request: CodeRequest) {
    const plan = planOf(request, leftMs())
    if (plan === null) return refused('request_invalid')
    const acts = !SAFE.has(plan.method) && request.harmless !== true
    if (acts && purpose === 'only looks') return refused('not_a_look')
    if (signal.aborted || plan.timeoutMs <= 0) return refused('deadline')
    // What has begun is brought to its end: half of it would be worth less than all of it too late.
    const mayBegin = left > 0 ? undefined : notAfterMs
    requests += 1
    // Counted before it is sent: a request that is under way when the code ends may have left.
    if (acts) left += 1
    const exchange = await caller.send({ ...plan, notAfterMs: mayBegin }, signal)
    if (acts && !exchange.requestSent) left -= 1
    else if (acts && exchange.phase === 'complete') answered += 1
    last = exchange
    return { sent: exchange.requestSent, answer: plain(exchange.answer), error: exchange.error?.code ?? null }
  }

  return {
    http,
    secret(name) {
      const value = secret(name)
      if (value === undefined || value === '') throw new SecretMissing(name)
      return value
    },
    used,
    sent: () => ({ left, lost: left - answered }),
    requests: () => requests,
    last: () => last,
  }
}

/** Read as "nothing was sent": unless something was, it is tried again when the secret is there. */
class SecretMissing extends Error {
  override readonly name = 'NotSent'
  readonly code = 'secret_missing'
  constructor(name: string) {
    super(`the secret ${name} is not configured`)
  }
}

/** As code that is not ours may copy it and look into it. */
function plain(answer: Exchange['answer']): CodeAnswer | null {
  if (answer === null) return null
  const { status, headers, body, bytes, truncated } = answer
  return { status, headers, body, truncated, ...(bytes !== undefined && { bytes }) }
}

const refused = (error: string) => ({ sent: false, answer: null, error })

/** Null for what is no request. */
function planOf(request: CodeRequest, leftMs: number): RequestPlan | null {
  const { method = 'GET', headers = {}, timeoutMs = leftMs } = request
  const url = URL.canParse(request.url) ? new URL(request.url) : null
  const isHttp = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  if (!isHttp || !/^[A-Z][A-Z0-9_-]{0,31}$/.test(method)) return null
  const typed = request.json === undefined ? {} : { 'content-type': 'application/json' }
  const named = Object.entries({ accept: 'application/json', ...typed, ...headers })
  return {
    method,
    url: `${url.origin}${url.pathname}${url.search}`,
    urlTemplate: url.origin,
    headers: named.map(([name, value]) => [name.toLowerCase(), String(value)]),
    body: request.json === undefined ? (request.body ?? null) : JSON.stringify(request.json),
    timeoutMs: Math.min(timeoutMs, leftMs),
    auth: null,
  }
}
