/** For tests: a right contract for each kind of the lossy provider at `url`. */
export const KEYED = (url: string): string => `effect: invoice.issue
version: 1
risk: high
payload:
  type: object
  required: [customer, amount]
  properties: { customer: { type: string, minLength: 1 }, amount: { type: number } }
key: { from: [/customer], retention: 30d }
call:
  method: POST
  url: ${url}/v1/invoices
  body: { json: "\${payload}" }
  timeout: 2s
  external_id: /id
provider:
  key: { in: header, at: Idempotency-Key, lifetime: 24h }
  repeat: same_answer
  other_payload: error
  max_execution_delay: 1s
answers:
  - { status: 409, means: exists }
  - { status: 422, match: { /error/code: key_reused }, means: other_payload }
verify:
  by_key:
    read: { url: "${url}/v1/invoices?key=\${key}" }
    items: /data
    where: { /metadata/key: "\${key}" }
    next: { query: { starting_after: /data/-1/id }, while: /has_more }
  by_id:
    read: { url: "${url}/v1/invoices/\${external_id}" }
    absent: [{ status: 404, match: { /error/code: not_found } }]
  present: { status: 200, match: { /amount: { equals: "\${payload./amount}", by: number } } }
  canary: { url: "${url}/v1/account" }
  settle: { every: 50ms, for: 1s }
retry: { deadline: 24h }
on_unknown: reconcile
rollback: { strategy: manual_only }
`

/** Keys mean nothing there: the marker is in the body. */
export const READABLE = (url: string): string =>
  KEYED(url)
    .replace('{ in: header, at: Idempotency-Key, lifetime: 24h }', '{ in: marker }')
    .replace('{ json: "${payload}" }', '{ json: { amount: "${payload./amount}", metadata: { key: "${key}" } } }')
    .replace('repeat: same_answer', 'repeat: acts_again')
    .replace('  other_payload: error\n', '')

export const OPAQUE = (url: string): string => `effect: mail.send
version: 1
payload: { type: object, required: [to], properties: { to: { type: string, format: email } } }
call: { method: POST, url: "${url}/v1/mails", body: { json: "\${payload}" }, timeout: 2s, external_id: /id }
provider: { repeat: acts_again }
verify: { none: the provider keeps no record that can be asked, ends: acknowledged }
on_unknown: human
rollback: { strategy: none }
`
