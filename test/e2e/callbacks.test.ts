import { readFileSync } from 'node:fs'
import { type LossyProvider, signedByStandardWebhooks, startLossyProvider, waitFor } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RoleProcess } from '../world/product.ts'
import { openWorld, type World } from '../world/world.ts'

/** The example of a provider that calls back, whose first look would come after 30 s, against the whole product. */
const EFFECT = 'invoice.finalize'
const SECRET = `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`
const FORGED = `whsec_${Buffer.from('another secret, as long').toString('base64')}`
const SOON = { withinMs: 20_000 }
const FIRST_LOOK_MS = 30_000

let provider: LossyProvider
let world: World
let product: RoleProcess

beforeAll(async () => {
  provider = await startLossyProvider({
    kind: 'keyed',
    plan: { writes: { byKey: { lie: ['dropped'], cut: ['reply-lost'] } } },
  })
  world = await openWorld({ contracts: [contract()] })
  product = await world.start('all', { READBACK_SECRET_WEBHOOK_SECRET: SECRET, READBACK_LEASE: '60s' })
}, 120_000)
afterAll(async () => {
  await world.close()
  await provider.stop()
}, 60_000)

function contract(): string {
  const text = readFileSync(new URL('../../docs/contracts/callback-invoice.yaml', import.meta.url), 'utf8')
  return text.replaceAll('https://billing.example', provider.url)
}

const callbackUrl = () => `http://127.0.0.1:${product.port}/callbacks/acme/${EFFECT}`
const enqueue = (key: string) =>
  world.pool.query('select readback.enqueue($1, $2, $3, $4)', [
    'acme',
    EFFECT,
    key,
    '{"customer":"cust-7","period":"2026-11","amount":5}',
  ])

async function entry(key: string) {
  const read = 'select status, state, settled_at - committed_at < $2 as soon from readback.effect where key = $1'
  return (await world.pool.query(read, [key, `${FIRST_LOOK_MS} ms`])).rows[0]
}

const looksFor = async (key: string) => (await provider.calls(key)).filter(({ method }) => method === 'GET')

async function verdicts(key: string): Promise<string[]> {
  const read = `select result from readback.every_attempt join readback.effect using (entry_id) where kind = 'look' and key = $1`
  return (await world.pool.query(read, [key])).rows.map(({ result }) => result)
}

/** What anybody could send about a key. */
async function tell(
  key: string,
  secret: string | null,
  body = `{"type":"invoices.created","data":{"metadata":{"key":"${key}"}}}`,
) {
  const signed = secret === null ? {} : signedByStandardWebhooks(body, secret)
  const headers = { 'content-type': 'application/json', ...signed }
  return (await fetch(callbackUrl(), { method: 'POST', headers, body })).status
}

const accepted = (key: string) =>
  waitFor('the call to be answered', async () => (await entry(key))?.state === 'verifying', SOON)

describe('a callback', () => {
  it.each(['answered', 'cut'])(
    'has the effect of a call that was %s looked at, and done, long before its time',
    async (key) => {
      await provider.callBack({ url: callbackUrl(), afterMs: 200, secret: SECRET })
      await enqueue(key)
      await waitFor('the entry to be done', async () => (await entry(key))?.status === 'done', SOON)
      expect(await entry(key)).toMatchObject({ soon: true })
      expect(await provider.calledBack()).toContainEqual({ key, status: 202 })
      expect(await verdicts(key)).toEqual(['present'])
    },
  )

  it('that lies has it looked at, and what is not there is not done', async () => {
    await provider.callBack({ url: callbackUrl(), afterMs: 200, secret: SECRET })
    await enqueue('lie')
    await waitFor('a look', async () => (await verdicts('lie')).length > 0, SOON)
    expect(new Set(await verdicts('lie'))).toEqual(new Set(['absent']))
    expect(await entry('lie')).toMatchObject({ status: 'in_progress' })
    expect(await provider.effects()).not.toContainEqual(expect.objectContaining({ key: 'lie' }))
  })

  it.each([
    ['forged', () => tell('waits', FORGED), 401],
    ['not signed', () => tell('waits', null), 401],
    ['of another kind', () => tell('waits', SECRET, '{"type":"ping","data":{"metadata":{"key":"waits"}}}'), 202],
    ['about nothing there is', () => tell('nobody', SECRET), 202],
    ['without a reference', () => tell('waits', SECRET, '{"type":"invoices.created"}'), 202],
    ['that is no JSON', () => tell('waits', SECRET, 'waits'), 400],
    ['that is too large', () => tell('waits', SECRET, ' '.repeat(256 * 1024 + 1)), 413],
  ] as const)('%s changes nothing', async (_, send, status) => {
    await provider.callBack(null)
    await enqueue('waits')
    await accepted('waits')
    const read =
      "select * from readback.delivery where effect = $1 and entry_id = (select entry_id from readback.effect where key = 'waits')"
    const before = (await world.pool.query(read, [EFFECT])).rows
    expect(await send()).toBe(status)
    expect((await world.pool.query(read, [EFFECT])).rows).toEqual(before)
    expect(await looksFor('waits')).toEqual([])
  })

  it('of an effect that expects none, or by another way, finds nobody', async () => {
    const headers = { 'content-type': 'application/json' }
    const at = (path: string, method = 'POST') =>
      fetch(`http://127.0.0.1:${product.port}/callbacks/${path}`, {
        method,
        headers,
        ...(method === 'POST' && { body: '{}' }),
      })
    for (const path of ['acme/no.such.effect', 'acme', `acme/${EFFECT}/more`, 'acme/a%20b']) {
      const answer = await at(path)
      expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ code: expect.any(String) })])
    }
    expect((await at(`acme/${EFFECT}`, 'GET')).status).toBe(405)
  })

  it('is counted by what became of it', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${product.port}/metrics`)).text()
    for (const result of [
      'brought_forward',
      'nothing_waits',
      'signature_invalid',
      'ignored',
      'without_reference',
      'not_json',
    ])
      expect(metrics).toContain(`readback_callbacks_total{effect="${EFFECT}",result="${result}"}`)
    expect(product.stdout() + product.stderr()).not.toContain(SECRET)
  })
})
