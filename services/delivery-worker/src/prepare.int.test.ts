import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expireLeases } from '@readback/store'
import { isWrite, waitFor } from '@readback/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, commitAndOffer, contractText, createBench, offer, states } from './testing/worker-fixture.ts'
import type { Worker } from './worker.ts'

const SOON = { withinMs: 15_000 }

let bench: Bench
let worker: Worker | null
let links: Server
/** The status of each answer in turn; 200 when there is none left. */
let statuses: number[]
let given: number

beforeEach(async () => {
  worker = null
  statuses = []
  given = 0
  links = createServer((_, response) => {
    const status = statuses.shift() ?? 200
    if (status === 200) given += 1
    response.writeHead(status).end(JSON.stringify({ data: { link: `link-${given}` } }))
  }).listen(0, '127.0.0.1')
  await once(links, 'listening')
  const at = `http://127.0.0.1:${(links.address() as AddressInfo).port}`
  bench = await createBench((url) =>
    contractText(url)
      .replace(
        '{ json: "${payload}" }',
        '{ json: { amount: "${payload./amount}", metadata: "${payload./metadata}", link: "${prepare.link}" } }',
      )
      .replace(
        'provider:',
        `prepare: { request: { url: "${at}/links", timeout: 5s }, keep: { link: /data/link } }\nretry: { max_attempts: 3, backoff: { first: 10ms, cap: 10ms } }\nprovider:`,
      ),
  )
})

afterEach(async () => {
  await worker?.stop(10_000)
  await bench.close()
  links.close()
  links.closeAllConnections()
})

const writes = async () => (await bench.provider.ledger()).filter(isWrite)
const bodies = async () => (await bench.provider.effects()).map(({ body }) => body['link'])
const live = async () =>
  (
    await bench.db.pool.query(
      'select state, attempts, cause, last_outcome, prepared::text as prepared from readback.delivery',
    )
  ).rows

describe('a worker with a contract that prepares', () => {
  it('asks once for each entry, and calls with what it was given', async () => {
    worker = await bench.start({ slots: 1 })
    await commitAndOffer(bench, ['a', 'b'])
    await waitFor('both', async () => (await states(bench)).done === 2, SOON)
    expect((await bodies()).sort()).toEqual(['link-1', 'link-2'])
    expect(given).toBe(2)
  })

  it('keeps what it was given before it calls, and another attempt sends the same bytes', async () => {
    await bench.provider.plan({ writes: { everyKey: [{ name: 'rate-limited' }] } })
    worker = await bench.start({ slots: 1 })
    const ids = await commitAndOffer(bench, ['a'])
    await waitFor('a first attempt', async () => (await live())[0]?.state === 'scheduled', SOON)
    expect(await live()).toMatchObject([{ attempts: 1, prepared: '{"link":"link-1"}' }])
    await bench.db.pool.query('update readback.delivery set due_at = now()')
    await offer(bench, ids)
    await waitFor('the second', async () => (await states(bench)).done === 1, SOON)
    const fingerprints = (await writes()).map(({ fingerprint }) => fingerprint)
    expect(fingerprints).toHaveLength(2)
    expect(new Set(fingerprints).size).toBe(1)
    expect(given).toBe(1)
  })

  it.each([
    [503, { state: 'scheduled', attempts: 1, cause: null, last_outcome: 'retryable_failure', prepared: null }],
    [
      422,
      { state: 'dead', attempts: 1, cause: 'prepare_http_422', last_outcome: 'validation_failure', prepared: null },
    ],
    [403, { state: 'dead', attempts: 1, cause: 'prepare_http_403', last_outcome: 'permission_denied', prepared: null }],
  ])('that is answered %i calls nobody, and knows that nothing has happened', async (status, row) => {
    statuses = [status]
    worker = await bench.start({ slots: 1 })
    await commitAndOffer(bench, ['a'])
    await waitFor('the outcome', async () => typeof (await live())[0]?.last_outcome === 'string', SOON)
    expect(await live()).toEqual([row])
    expect(await writes()).toEqual([])
    expect(bench.observations.filter(({ type }) => type === 'call_attempted')).toMatchObject([
      { outcome: row.last_outcome, cause: `prepare_http_${status}`, phase: 'blocked', status },
    ])
  })

  it('tries again with what was kept when it died between keeping and calling', async () => {
    bench.onReached = (point) => {
      if (point === 'prepared') throw new Error('the process ends here')
    }
    worker = await bench.start({ slots: 1 })
    const ids = await commitAndOffer(bench, ['a'])
    await waitFor('its death', () => bench.observations.some(({ type }) => type === 'delivery_failed'), SOON)
    expect(await live()).toMatchObject([{ state: 'calling', prepared: '{"link":"link-1"}' }])
    expect(await writes()).toEqual([])

    bench.onReached = () => {}
    await bench.db.pool.query("update readback.delivery set lease_until = now() - interval '1 second'")
    await expireLeases(bench.db, 10)
    // The verifier has looked, seen nothing, and gives it back.
    await bench.db.pool.query(
      "update readback.delivery set state = 'scheduled', reason = 'call_again', due_at = now(), unknown_since = null",
    )
    await offer(bench, ids)
    await waitFor('its end', async () => (await states(bench)).done === 1, SOON)
    expect(await bodies()).toEqual(['link-1'])
    expect(given).toBe(1)
  })

  it('calls nobody when somebody else has the entry by the time that it is prepared', async () => {
    worker = await bench.start({ slots: 1 })
    statuses = [200]
    links.prependListener('request', () => {})
    const taken = new Promise<void>((resolve) => {
      links.once('request', () => {
        void bench.db.pool.query('update readback.delivery set fence = fence + 1').then(() => resolve())
      })
    })
    await commitAndOffer(bench, ['a'])
    await taken
    await waitFor(
      'that to be seen',
      () => bench.observations.some(({ type }) => type === 'lease_lost' || type === 'call_attempted'),
      SOON,
    )
    expect(bench.observations.map(({ type }) => type)).toContain('lease_lost')
    expect(await live()).toMatchObject([{ prepared: null }])
    expect(await writes()).toEqual([])
  })

  it('gives the entry back unused when it is told to stop while it prepares', async () => {
    links.removeAllListeners('request')
    const asked = once(links, 'request')
    worker = await bench.start({ slots: 1 })
    await commitAndOffer(bench, ['a'])
    await asked
    await worker.stop(5_000)
    expect(await live()).toMatchObject([{ state: 'scheduled', attempts: 0, prepared: null }])
    expect(await writes()).toEqual([])
  })
})
