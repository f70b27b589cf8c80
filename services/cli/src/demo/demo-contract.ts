/**
 * The demo's provider keeps no keys: whoever posts twice has two invoices. But it can be asked, by the reference that the
 * request carries. Times are short, so that the demo ends while somebody watches.
 */
export const demoContract = (providerUrl: string): string => `
effect: invoice.issue
version: 1
description: Issues one invoice to a customer for one order.
risk: medium
payload:
  type: object
  required: [customer, amount]
key: { from: [/customer], retention: 30d }
call:
  method: POST
  url: ${providerUrl}/v1/invoices
  body: { json: { customer: "\${payload./customer}", amount: "\${payload./amount}", metadata: { key: "\${key}" } } }
  timeout: ${CALL_TIMEOUT_MS}ms
  external_id: /id
provider:
  key: { in: marker }
  repeat: acts_again
  max_execution_delay: 200ms
verify:
  by_key:
    read: { url: "${providerUrl}/v1/invoices?key=\${key}" }
    items: /data
    where: { /metadata/key: "\${key}" }
  present: { status: 200, match: { /amount: "\${payload./amount}" } }
  canary: { url: ${providerUrl}/v1/account, status: 200 }
  settle: { first: 0s, every: 150ms, for: 300ms }
retry: { max_attempts: 8, backoff: { first: 50ms, cap: 500ms }, deadline: 1h }
on_unknown: reconcile
rollback: { strategy: manual_only }
`

/** Both sides give up on a call after the same time. */
export const CALL_TIMEOUT_MS = 500

/** The three ways to be misled: it happened and nobody said so, nobody did what was promised, it took too long to say. */
export const demoFaults = (seed: number) => ({
  writes: {
    seed,
    weights: { 'reply-lost': 0.12, dropped: 0.1, slow: 0.08 },
    details: { slow: { delayMs: 4 * CALL_TIMEOUT_MS } },
  },
})
