import type { Behaviour, Wording } from './behaviour.ts'
import { written } from './format.ts'

/** An answer before the network, or the fault, has its way with it. */
export interface Answer {
  status: number
  body: string
  headers?: Record<string, string>
}

/** An error as this provider words it. */
export function worded(wording: Wording | undefined, status: number, code: string, behaviour: Behaviour): Answer {
  const body = wording?.body ?? { error: { code } }
  return {
    status: wording?.status ?? status,
    body: written(body, behaviour.format === 'raw' ? 'json' : (behaviour.format ?? 'json')),
    ...(wording?.headers && { headers: wording.headers }),
  }
}

export const errorAnswer = (status: number, code: string): Answer => ({
  status,
  body: JSON.stringify({ error: { code } }),
})
