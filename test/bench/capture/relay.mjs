// A program: a relay of the product whose dispatch writes down when each key was handed to it. Ends when all of them were.
import { randomUUID } from 'node:crypto'
import { startRelay } from '@readback/relay'
import { passOn } from '@readback/service-kit'
import { openDatabase } from '@readback/store'
import { waitFor } from '@readback/testing'
import { machineNowMs } from '../frame/clock.mjs'

const { databaseUrl, intents } = JSON.parse(process.argv[2])
const LEADS_WITHIN_MS = 10_000
const ENDS_WITHIN_MS = 300_000

const publishedMs = new Map()
// Nobody consumes, so the backlog is all there is, and nothing counts as lost.
const dispatch = {
  async publish(_topic, refs) {
    const nowMs = machineNowMs()
    for (const { key } of refs) if (!publishedMs.has(key)) publishedMs.set(key, nowMs)
  },
  consume: () => Promise.reject(new Error('nobody consumes')),
  backlog: async () => publishedMs.size,
  ready: () => true,
  close: async () => {},
}
const db = openDatabase({ url: databaseUrl, applicationName: 'bench' })
const relayId = randomUUID()
const relay = startRelay(
  {
    db,
    dispatch,
    processId: () => relayId,
    monotonicMs: () => performance.now(),
    observe: ({ type, error }) => type === 'loop_failed' && console.error(error),
    reached: passOn,
  },
  { source: 'main', role: 'relay', inProcess: false, retentionMs: null },
)
await waitFor('the relay to lead', () => relay.leads(), { withinMs: LEADS_WITHIN_MS })
process.stdout.write('leads\n')
await waitFor('all to be published', () => publishedMs.size >= intents, { withinMs: ENDS_WITHIN_MS, everyMs: 50 })
await relay.stop()
await db.close()
process.stdout.write(`${JSON.stringify([...publishedMs])}\n`)
