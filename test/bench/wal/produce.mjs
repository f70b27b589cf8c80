import { connect } from '../worlds/database.mjs'

const CONNECTIONS = 4
const ENQUEUE = `
  select readback.enqueue(tenant => 'acme', effect => 'invoice.issue', key => left(md5($2 || $1), 8) || '-' || $2 || $1,
    payload => json_build_object('customer', 'cust-' || $1::int % 100, 'amount', 100 + $1::int % 900))`

/** Intents, each by a transaction of its own, over several connections. */
export async function produce({ url, prefix, from, count }) {
  let next = from
  const run = async () => {
    const client = await connect(url)
    while (next < from + count) await client.query({ name: 'enqueue', text: ENQUEUE, values: [next++, prefix] })
    await client.end()
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, run))
}
