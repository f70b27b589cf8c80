/** What a provider sends by itself after a write that it calls done: signed by Standard Webhooks, where it has a secret. */
import { createHmac, randomUUID } from 'node:crypto'
import type { Answer } from './answer.ts'
import type { World } from './world.ts'

export interface CallBackTo {
  url: string
  /** After the write. */
  afterMs: number
  /** `whsec_` and base64. Without it, it is not signed. */
  secret?: string
}

export interface CalledBack {
  key: string | null
  /** Of the answer; null when there was none. */
  status: number | null
}

interface Done {
  collection: string
  key: string | null
  answer: Answer
}

/** Speaks of what the answer said, so that a provider that keeps nothing lies here too. */
export function callBack(world: World, { collection, key, answer }: Done): void {
  const to = world.callBackTo
  if (to === null || answer.status >= 300) return
  const body = `{"type":"${collection}.created","data":${answer.body}}`
  world.later(to.afterMs, () => void send(to, body).then((status) => world.calledBack.push({ key, status })))
}

async function send({ url, secret }: CallBackTo, body: string): Promise<number | null> {
  const signed = secret === undefined ? {} : signedByStandardWebhooks(body, secret)
  const headers = { 'content-type': 'application/json', ...signed }
  return fetch(url, { method: 'POST', headers, body }).then(
    ({ status }) => status,
    () => null,
  )
}

/** The headers that go with a body, as the standard has them; written down here once more, to be held against the library. */
export function signedByStandardWebhooks(body: string, secret: string): Record<string, string> {
  const id = `msg_${randomUUID()}`
  const seconds = String(Math.floor(Date.now() / 1_000))
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` }
}
