import { type ForeignServer, type Invoice, type RunningServer, startProgram } from './foreign-server.ts'

const KEY = 'sk_test_of_the_test'
const AUTHORIZATION = `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`

type Charge = { amount: number; description: string; status: string; id: string }

/** Keeps the answers by Idempotency-Key, as the provider does that it stands in for. */
export const charges: ForeignServer = {
  name: 'a payment provider',
  effect: 'charge.make',
  contract: 'card-charge.yaml',
  start,
  invoice: (nth) => ({ customer: `cust ${nth}`, amount: 100 + nth, source: 'tok_visa' }),
  effectOf: ({ method, headers }) => (method === 'POST' ? String(headers['idempotency-key']) : null),
  dropped: { status: 200, body: '{"id":"ch_of_a_liar","paid":true}' },
  secrets: { CHARGES_KEY: KEY },
}

async function start(): Promise<RunningServer> {
  const { url, process } = await startProgram(import.meta.resolve('stripe-stateful-mock/dist/cli.js'), (port) => ({
    env: { PORT: String(port), LOG_LEVEL: 'silent' },
  }))
  return { url, held: () => held(url), stop: () => process.stop() }
}

async function held(url: string): Promise<Invoice[]> {
  const found: Charge[] = []
  for (let more = true; more; ) {
    const after = found.length > 0 ? `&starting_after=${found.at(-1)?.id}` : ''
    const answer = await fetch(`${url}/v1/charges?limit=100${after}`, { headers: { authorization: AUTHORIZATION } })
    const page = (await answer.json()) as { data: Charge[]; has_more: boolean }
    found.push(...page.data)
    more = page.has_more
  }
  return found.map(({ amount, description }) => ({ customer: description, amount, source: 'tok_visa' }))
}
