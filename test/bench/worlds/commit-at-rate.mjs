import { fileURLToPath } from 'node:url'
import { inFreshProcess } from '../frame/in-fresh-process.mjs'

const PRODUCER = fileURLToPath(new URL('./paced-producer.mjs', import.meta.url))

/**
 * Lets a process of its own commit intents, so many a second on average.
 * @returns when it heard of each commit, by its key and without the `warmUp` first ones; and how many a second they really were
 */
export async function commitAtRate({ databaseUrl, intents, warmUp = 0, perSecond: wanted }) {
  const options = { databaseUrl, intents: warmUp + intents, perSecond: wanted }
  const { committedMs, perSecond } = await inFreshProcess(PRODUCER, options)
  const measured = committedMs.map((atMs, nth) => [`key-${nth}`, atMs]).slice(warmUp)
  return { committedMs: new Map(measured), perSecond }
}
