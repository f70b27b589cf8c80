// What a reference costs on its way, and how long it takes: `npm run bench -w @readback/dispatch` after a build.
// On the broker of TEST_KAFKA_BROKERS, or on one started for this.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createInProcessDispatch, createKafkaDispatch } from '@readback/dispatch'
import { startKafka } from '@readback/testing'

const REFS = 30_000
const PACED = 400

// Nothing is.
const overdue = async () => []

const refs = (count, from = 0) =>
  Array.from({ length: count }, (_, nth) => from + nth).map((at) => ({
    source: 'main',
    entryId: `019a9f6e-0000-7000-8000-${String(at).padStart(12, '0')}`,
    tenant: 'acme',
    effect: 'invoice.issue',
    key: `cust-${at}/2026-11`,
    orderingKey: `cust-${at}`,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  }))

/** CPU of this process, all threads, in microseconds for each of `count`. */
async function cpuUsEach(count, work) {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / count).toFixed(1)
}

async function publishAll(dispatch, batch) {
  const all = refs(REFS)
  for (let at = 0; at < REFS; at += batch) await dispatch.publish('deliver', all.slice(at, at + batch))
}

async function consumeAll(dispatch, room) {
  let left = REFS
  const done = withResolvers()
  const accept = async ({ length }) => {
    left -= length
    if (left <= 0) done.resolve()
  }
  const consumer = await dispatch.consume('deliver', { room: async () => room, accept, overdue })
  await done.promise
  await consumer.stop()
}

function withResolvers() {
  let resolve
  const promise = new Promise((done) => {
    resolve = done
  })
  return { promise, resolve }
}

async function hopMs(dispatch, burst, everyMs) {
  const hops = []
  const sentAtMs = []
  const accept = async (batch) => {
    const now = performance.now()
    for (const { entryId } of batch) hops.push(now - sentAtMs[Number(entryId.slice(-12))])
  }
  const consumer = await dispatch.consume('deliver', { room: async () => 1_000, accept, overdue })
  while (!dispatch.ready()) await sleep(10)
  for (let sent = 0; sent < PACED; sent += 1) {
    const burstOfRefs = refs(burst, sent * burst)
    sentAtMs.push(...burstOfRefs.map(() => performance.now()))
    await dispatch.publish('deliver', burstOfRefs)
    await sleep(everyMs)
  }
  while (hops.length < PACED * burst) await sleep(10)
  await consumer.stop()
  hops.sort((a, b) => a - b)
  const at = (share) => hops[Math.floor(hops.length * share)].toFixed(1)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}

async function idlePercent(dispatch) {
  const intake = { room: async () => 1_000, accept: async () => {}, overdue }
  await dispatch.consume('deliver', intake)
  await dispatch.consume('verify', intake)
  while (!dispatch.ready()) await sleep(10)
  await sleep(1_000)
  const before = process.cpuUsage()
  await sleep(10_000)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / 10_000_000) * 100
}

const broker = process.env.TEST_KAFKA_BROKERS ? null : await startKafka()
const brokers = (broker?.brokers ?? process.env.TEST_KAFKA_BROKERS).split(',')
const openKafka = () => createKafkaDispatch({ brokers, clientId: 'bench', topicPrefix: `bench-${randomUUID()}` })

for (const round of [1, 2, 3]) {
  const queue = createInProcessDispatch({ capacity: REFS })
  const both = await cpuUsEach(REFS, async () => {
    await publishAll(queue, 500)
    await consumeAll(queue, 500)
  })
  console.log(`round ${round}  in-process, published and consumed: ${both} us CPU a reference`)
  for (const batch of [10, 100, 500]) {
    const dispatch = openKafka()
    await dispatch.backlog('deliver')
    const published = await cpuUsEach(REFS, () => publishAll(dispatch, batch))
    const consumed = await cpuUsEach(REFS, () => consumeAll(dispatch, batch))
    console.log(
      `round ${round}  Kafka, batches of ${batch}: published ${published}, consumed ${consumed} us CPU a reference`,
    )
    await dispatch.close()
  }
}
const dispatch = openKafka()
console.log(`hop, one every 5 ms: ${await hopMs(dispatch, 1, 5)}`)
console.log(`hop, 50 every 10 ms: ${await hopMs(dispatch, 50, 10)}`)
console.log(`idle, two consumers: ${(await idlePercent(dispatch)).toFixed(2)} % of a core`)
await dispatch.close()
await broker?.stop()
