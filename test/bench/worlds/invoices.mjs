// The effect that benches make: an invoice at the lossy provider, which honours its key and shows it at once.
import { parseContract } from '@readback/contract'
import { deployContract } from '@readback/store'

const contractOf = (providerUrl, { perTenant, concurrency }) => `
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
${perTenant ? `limits: { per_tenant: ${perTenant} }` : ''}
${concurrency ? `concurrency: { per_tenant: ${concurrency} }` : ''}
`

/** `perTenant`: a rate, as a contract says it; `concurrency`: calls of a tenant at a time. Default: none. */
export async function deployInvoices(db, providerUrl, { perTenant = null, concurrency = null } = {}) {
  const parsed = parseContract(contractOf(providerUrl, { perTenant, concurrency }), 'bench.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join('\n'))
  const { effect, version, hash, document, keyRetentionMs } = parsed.contract
  await deployContract(db, { effect, version, hash, document: JSON.stringify(document), keyRetentionMs })
}

/**
 * In one statement; `client` may have a transaction begun on it. With `tenants`, they take turns. `scattered`: the keys are in no order, as
 * those of most applications.
 */
export async function enqueueInvoices(client, { count, from = 0, prefix = 'key-', scattered = false, tenants = 1 }) {
  await client.query(
    `select count(*) from (
       select readback.enqueue(tenant => case $3::int when 1 then 'acme' else 't' || n % $3 end,
         effect => 'invoice.issue', key => case when $4::boolean then left(md5($2 || n), 8) || '-' else '' end || $2 || n,
         payload => json_build_object('customer', 'cust-' || n % 100, 'amount', 100 + n % 900))
       from generate_series($5::int, $5::int + $1::int - 1) n) as enqueued`,
    [count, prefix, tenants, scattered, from],
  )
}
