// Every role of the product in this process, wired as `readback all` does it, and how far they are.
import { setTimeout as rest } from 'node:timers/promises'
import { createInProcessDispatch, createKafkaDispatch } from '@readback/dispatch'
import { createHttpCaller, parseEgressAllow } from '@readback/effects'
import { createDatabaseClock, passOn } from '@readback/service-kit'
import { createTelemetry } from '@readback/telemetry'
import { openContractBook, startRoles } from 'readback'

// With nothing settled for so long, nothing more will be.
const STALLED_MS = 60_000

/** `brokers`: over Kafka, on topics with `topicPrefix`; without them in process. `connections`: to the provider. */
export function openRoles(db, { brokers = null, topicPrefix, connections = 128, slots = 256 } = {}) {
  const telemetry = createTelemetry({ level: 'warn' })
  const dispatch = brokers
    ? createKafkaDispatch({ brokers: [brokers], clientId: 'bench', topicPrefix, observe: telemetry.observe })
    : createInProcessDispatch({ observe: telemetry.observe })
  const egress = parseEgressAllow('127.0.0.1/32')
  const caller = createHttpCaller({ egress: egress.policy, connections })
  let running = null
  let settledCount = 0
  const waits = { throttled: 0, givenBack: 0 }
  let onSettled = () => {}
  const observe = (observation) => {
    telemetry.observe(observation)
    if (observation.type === 'throttled') waits.throttled += observation.count
    if (observation.type === 'call_given_back') waits.givenBack += 1
    if (observation.type !== 'entry_settled') return
    settledCount += 1
    onSettled()
  }

  return {
    async start() {
      const clock = createDatabaseClock(() => performance.now())
      const contracts = openContractBook(db, async (read) => read)
      running = await startRoles(
        { db, dispatch, caller, contracts, secret: () => '', observe, clock, reached: passOn },
        {
          roles: ['relay', 'worker', 'verifier'],
          source: 'bench',
          leaseMs: 60_000,
          slots,
          inProcess: !brokers,
          retentionMs: null,
        },
      )
    },
    /** Resolves once `count` more have settled. `onEach` is told how many of them have. */
    async settled(count, onEach = () => {}) {
      const before = settledCount
      Object.assign(waits, { throttled: 0, givenBack: 0 })
      const all = new Promise((resolve) => {
        onSettled = () => {
          onEach(settledCount - before)
          if (settledCount - before === count) resolve()
        }
      })
      const watching = new AbortController()
      await Promise.race([all, stall(() => settledCount, watching.signal)])
      watching.abort()
    },
    /** Of these: how often one had to wait for a limit; and how often a claim was given back, because its turn was missed above all. */
    waits: () => waits,
    async stop() {
      await running?.stop(1_000)
      await Promise.all([dispatch.close(), caller.close()])
    },
  }
}

/** Rejects once `count` has stood still for too long. */
async function stall(count, signal) {
  for (let last = -1; last !== count(); ) {
    last = count()
    await rest(STALLED_MS, null, { ref: false, signal }).catch(() => {})
    if (signal.aborted) return
  }
  throw new Error(`nothing has settled for ${STALLED_MS / 1_000} s; ${count()} have`)
}
