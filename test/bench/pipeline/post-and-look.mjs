// What anyone would write who needs no guarantee: POST, then GET, keep-alive. The bare side, and what the handlers of peers do.
import { Pool } from 'undici'

/** The nth effect; Readback commits the same ones in SQL. */
export const effectAt = (nth) => ({ key: `key-${nth}`, customer: `cust-${nth % 100}`, amount: 100 + (nth % 900) })

/** No more calls than `connections` are in flight at a time, however many are asked for. */
export function openProvider(url, connections) {
  const pool = new Pool(url, { connections })
  return {
    async postAndLook({ key, customer, amount }) {
      const body = JSON.stringify({ customer, amount, metadata: { key } })
      const headers = { 'content-type': 'application/json', 'idempotency-key': key }
      const posted = await pool.request({ method: 'POST', path: '/v1/invoices', headers, body })
      const { id } = await posted.body.json()
      const seen = await pool.request({ method: 'GET', path: `/v1/invoices/${id}` })
      const found = await seen.body.json()
      if (found.amount !== amount) throw new Error('the provider holds something else')
    },
    close: () => pool.destroy(),
  }
}
