import { parseContract } from '../check/parse-contract.ts'
import { formatProblem } from '../check/problem.ts'
import type { Contract } from '../contract.ts'
import type { Entry } from '../entry.ts'
import type { Subject } from '../read/look.ts'

/** For tests: a contract that says nearly everything, without warnings. */
export const SAMPLE = `effect: invoice.issue
version: 3
risk: high
payload: { type: object, required: [customer, amount], properties: { customer: { type: string }, amount: { type: number } } }
key: { from: [/customer], retention: 30d }
auth: { bearer: "\${secret:TOKEN}" }
call:
  method: POST
  url: https://billing.example/v1/invoices
  body: { json: "\${payload}" }
  timeout: 10s
  external_id: /id
provider:
  key: { in: header, at: Idempotency-Key, lifetime: 24h }
  repeat: same_answer
  max_execution_delay: 30s
answers:
  - { status: 409, match: { /code: in_progress }, means: in_progress }
  - { status: [409, 412], means: exists }
  - { status: 503, means: not_executed }
verify:
  by_key:
    read: { url: "https://billing.example/v1/invoices?key=\${key}" }
    items: /data
    where: { /metadata/key: "\${key}" }
    next: { query: { starting_after: /data/-1/id }, while: /has_more, max_pages: 3 }
  by_id: { read: { url: "https://billing.example/v1/invoices/\${external_id}" } }
  present: { match: { /amount: { equals: "\${payload./amount}", by: number } } }
  pending: { match: { /status: processing } }
  failed: { match: { /status: void } }
  absent: [{ items: 0 }, { status: 404, match: { /code: not_found } }]
  canary: { url: https://billing.example/v1/account, status: 200 }
  settle: { first: 0s, every: 2s, for: 60s }
retry: { max_attempts: 8, backoff: { first: 1s, cap: 10m }, deadline: 24h }
limits: { per_tenant: 20/min }
on_unknown: reconcile
rollback: { strategy: none }
`

/** The sample with `from` replaced; fails when `from` is not in it, so that no test tests the wrong thing. */
export function edited(from: string, to: string, text = SAMPLE): string {
  if (!text.includes(from)) throw new Error(`the sample has no ${JSON.stringify(from)}`)
  return text.replace(from, () => to)
}

const known = new Map<string, Contract>()

export function loaded(text: string = SAMPLE): Contract {
  const contract = known.get(text) ?? load(text)
  known.set(text, contract)
  return contract
}

function load(text: string): Contract {
  const parsed = parseContract(text, 'sample.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  return parsed.contract
}

export const ENTRY: Entry = {
  entryId: '0193e0a0-0000-7000-8000-000000000001',
  tenant: 'acme',
  effect: 'invoice.issue',
  key: 'cust-7/2026-11',
  payload: '{"customer": "cust-7", "amount": 12.50}',
  createdAt: '2026-11-22T17:00:00Z',
}

export const UNANSWERED: Subject = { ...ENTRY, externalId: null, calls: 1, answeredCalls: 0, seenPresentBefore: false }

export const secret = (name: string): string => `the-${name.toLowerCase()}`
