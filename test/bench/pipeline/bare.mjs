// One side of the pipeline bench: what anyone would write who needs no guarantee. POST, then GET, keep-alive.
import { Pool } from 'undici'

const { effects, providerUrl } = JSON.parse(process.argv[2])
const IN_FLIGHT = 64
const pool = new Pool(providerUrl, { connections: IN_FLIGHT })

async function postAndLook(index) {
  const key = `key-${index}`
  const body = JSON.stringify({ customer: `cust-${index % 100}`, amount: 100 + (index % 900), metadata: { key } })
  const headers = { 'content-type': 'application/json', 'idempotency-key': key }
  const posted = await pool.request({ method: 'POST', path: '/v1/invoices', headers, body })
  const { id } = await posted.body.json()
  const seen = await pool.request({ method: 'GET', path: `/v1/invoices/${id}` })
  const found = await seen.body.json()
  if (found.amount !== 100 + (index % 900)) throw new Error('the provider holds something else')
}

let next = 0
async function lane() {
  while (next < effects) await postAndLook(next++)
}

const before = process.cpuUsage()
const startedMs = performance.now()
await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
const seconds = (performance.now() - startedMs) / 1000
const { user, system } = process.cpuUsage(before)
process.stdout.write(JSON.stringify({ perSecond: effects / seconds, cpuUs: (user + system) / effects }))
await pool.destroy()
