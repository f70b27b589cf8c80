/** What `npm run soak` is told. */
import { parseArgs } from 'node:util'

export type SoakOptions = {
  /** Committed ones; those that are rolled back come on top. */
  intents: number
  /** They are spread over this long; the faults go on until the last is committed. */
  minutes: number
  /** Decides every choice of the run, in the same order: what is done to whom, what producers commit, what providers lose. */
  seed: number
  /** Within which 99 of 100 entries of a killed process must be in other hands: a promise on seconds, for a machine of one's own. */
  takeoverMs: number
  /** The result as one JSON object on standard output, and nothing else there. */
  json: boolean
}

const INTENTS_A_MINUTE = 5_000

export function parseOptions(words: readonly string[], defaultSeed: number): SoakOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      intents: { type: 'string', default: '50000' },
      minutes: { type: 'string' },
      seed: { type: 'string', default: String(defaultSeed) },
      takeover: { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
    },
  })
  const intents = positive('--intents', values.intents)
  const minutes = positive('--minutes', values.minutes ?? String(intents / INTENTS_A_MINUTE))
  const takeoverMs = positive('--takeover', values.takeover) * 1_000
  return { intents, minutes, seed: positive('--seed', values.seed), takeoverMs, json: values.json }
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (number > 0) return number
  throw new Error(`${name} needs a number above 0, and got "${text}".`)
}
