/** The three kinds of outside world that there are, each with its effect and the contract that describes it. */
export const PROVIDER_CLASSES = ['keyed', 'readable', 'opaque'] as const
export type ProviderClass = (typeof PROVIDER_CLASSES)[number]

export const EFFECTS: Record<ProviderClass, { effect: string; collection: string }> = {
  keyed: { effect: 'invoice.issue', collection: 'invoices' },
  readable: { effect: 'ticket.open', collection: 'tickets' },
  opaque: { effect: 'mail.send', collection: 'mails' },
}

/** Short, because a test waits for them, and long enough that a busy machine is not taken for a lost answer. */
export const TIMES = {
  callTimeoutMs: 2_000,
  prepareTimeoutMs: 500,
  settleEveryMs: 100,
  settleForMs: 200,
  executionDelayMs: 500,
  /** What a 429 asks for at least; a plan may ask in whole seconds that are almost over. */
  retryAfterMs: 0,
}
// With a call behind it, half of a lease in these tests at most.
const PREPARE_TIMEOUT_MS = 900

export type Times = typeof TIMES

export type ContractTerms = {
  /** Default: `TIMES`. */
  times?: Times
  maxAttempts?: number
  /** Default: reconcile where somebody can look, human where nobody can. */
  onUnknown?: 'reconcile' | 'human'
  /** A link is fetched and kept before the first call, and every call names it. */
  prepared?: boolean
  /** Lines of YAML beside the others, such as `limits: { per_tenant: 30/s }`. */
  also?: string
}

/** What the contract of this class says about a provider at `url`. */
export function contractFor(provider: ProviderClass, url: string, terms: ContractTerms = {}): string {
  const { effect, collection } = EFFECTS[provider]
  const {
    maxAttempts = 6,
    onUnknown = provider === 'opaque' ? 'human' : 'reconcile',
    also = '',
    prepared = false,
    times = TIMES,
  } = terms
  return `
effect: ${effect}
version: 1
description: An effect at a provider that is ${provider}.
risk: medium
payload: { type: object, required: [customer, amount, memo] }
key: { from: [/customer], retention: 30d }
${prepared ? preparation(`${url}/v1/${collection}/links`) : ''}
call:
  method: POST
  url: ${url}/v1/${collection}
  ${prepared ? 'query: { link: "${prepare.link}" }' : ''}
  body: { json: ${BODY} }
  timeout: ${times.callTimeoutMs}ms
  external_id: /id
answers:
  - { status: 503, means: not_executed }
${PROMISES[provider]}
  max_execution_delay: ${times.executionDelayMs}ms
${provider === 'opaque' ? NO_LOOK : looks(`${url}/v1/${collection}`, `${url}/v1/account`, times)}
on_unknown: ${onUnknown}
retry: { max_attempts: ${maxAttempts}, backoff: { first: ${times.settleEveryMs / 2}ms, cap: ${times.settleEveryMs * 3}ms }, deadline: 23h }
rollback: { strategy: manual_only }
${also}
`
}

const BODY = [
  '{ customer: "${payload./customer}"',
  'amount: "${payload./amount}"',
  'memo: "${payload./memo}"',
  'metadata: { key: "${key}" } }',
].join(', ')

const preparation = (linksUrl: string) => `prepare:
  request: { url: ${linksUrl}, body: { json: {} }, timeout: ${PREPARE_TIMEOUT_MS}ms }
  keep: { link: /data/id }`

const PROMISES: Record<ProviderClass, string> = {
  keyed: `provider:
  key: { in: header, at: Idempotency-Key, lifetime: 30d }
  repeat: same_answer`,
  readable: `provider:
  key: { in: marker }
  repeat: acts_again`,
  opaque: `provider:
  key: { in: marker }
  repeat: acts_again`,
}

const NO_LOOK = `verify: { none: "nothing that was sent can be read again", ends: acknowledged }`

const looks = (collectionUrl: string, canaryUrl: string, times: Times) => `verify:
  by_key:
    read: { url: "${collectionUrl}?key=\${key}", timeout: ${times.callTimeoutMs}ms }
    items: /data
    where: { /metadata/key: "\${key}" }
  present: { status: 200, match: { /amount: "\${payload./amount}", /memo: "\${payload./memo}" } }
  canary: { url: ${canaryUrl}, status: 200, timeout: ${times.callTimeoutMs}ms }
  settle: { first: 0s, every: ${times.settleEveryMs}ms, for: ${times.settleForMs}ms }`
