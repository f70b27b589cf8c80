/** The effect of the benches at a keyed provider: called, and looked at at once. */
export const invoiceContract = (providerUrl) => `
effect: invoice.issue
version: 1
description: Issues one invoice.
risk: medium
payload: { type: object }
key: { from: [/customer], retention: 30d }
call:
  method: POST
  url: ${providerUrl}/v1/invoices
  body: { json: { customer: "\${payload./customer}", amount: "\${payload./amount}", metadata: { key: "\${key}" } } }
  timeout: 10s
  external_id: /id
provider:
  key: { in: header, at: Idempotency-Key, as: raw, lifetime: 48h, scope: account }
  repeat: same_answer
  max_execution_delay: 30s
verify:
  by_key:
    read: { url: "${providerUrl}/v1/invoices?key=\${key}" }
    items: /data
    where: { /metadata/key: "\${key}" }
  by_id: { read: { url: "${providerUrl}/v1/invoices/\${external_id}" } }
  present: { status: 200, match: { /amount: "\${payload./amount}" } }
  canary: { url: ${providerUrl}/v1/account, status: 200 }
  settle: { first: 0s, every: 2s, for: 60s }
retry: { max_attempts: 8, backoff: { first: 1s, cap: 10m }, deadline: 24h }
on_unknown: reconcile
rollback: { strategy: manual_only }
`
