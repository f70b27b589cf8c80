import { setTimeout as rest } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Order } from './commit-intents.ts'
import { CALL_TIMEOUT_MS } from './demo-contract.ts'

export type Believed = { done: ReadonlySet<string>; gaveUp: ReadonlySet<string> }

const ATTEMPTS_MAX = 5
const CONCURRENCY = 16

/** What is written everywhere: post, take a 2xx for done, try again on everything that is not. */
export async function retryLoop(
  providerUrl: string,
  orders: readonly Order[],
  onProgress: (done: number) => void,
): Promise<Believed> {
  const agent = new Agent({ connections: CONCURRENCY })
  const done = new Set<string>()
  const gaveUp = new Set<string>()
  const queue = [...orders]
  const lane = async () => {
    for (let order = queue.shift(); order; order = queue.shift()) {
      const posted = await postUntilAnswered(agent, providerUrl, order)
      ;(posted ? done : gaveUp).add(order.key)
      onProgress(done.size + gaveUp.size)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, lane))
  await agent.destroy()
  return { done, gaveUp }
}

async function postUntilAnswered(agent: Agent, providerUrl: string, order: Order): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    if (await post(agent, providerUrl, order).catch(() => false)) return true
    await rest(20 * 2 ** attempt)
  }
  return false
}

async function post(dispatcher: Agent, providerUrl: string, { key, customer, amount }: Order): Promise<boolean> {
  const { statusCode, body } = await request(`${providerUrl}/v1/invoices`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer, amount, metadata: { key } }),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  })
  await body.dump()
  return statusCode >= 200 && statusCode < 300
}
