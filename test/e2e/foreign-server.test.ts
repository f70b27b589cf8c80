import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v2 as webdav } from 'webdav-server'
import { openWorld, type World } from '../world/world.ts'
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts'

const INTENTS = 30
const keyOf = (nth: number) => `cust ${nth}/2026-11`
const payloadOf = (nth: number) => ({ customer: `cust ${nth}`, amount: 100 + nth })

/** A store that knows no keys: whoever puts to a path again overwrites what is there. The path is made from the key. */
const contract = (url: string) => `
effect: invoice.file
version: 1
description: Files an invoice in a WebDAV store.
risk: high
payload: { type: object, required: [customer, amount] }
key: { from: [/customer], retention: 30d }
call:
  method: PUT
  url: ${url}/invoices/\${key}.json
  body: { json: { customer: "\${payload./customer}", amount: "\${payload./amount}" } }
  timeout: 2s
provider:
  key: { in: path, as: { sha256: hex, length: 32 } }
  repeat: overwrites
  max_execution_delay: 200ms
verify:
  by_key: { read: { url: "${url}/invoices/\${key}.json", timeout: 2s } }
  present: { status: 200, match: { /customer: "\${payload./customer}", /amount: "\${payload./amount}" } }
  absent: [{ status: 404 }]
  canary: { url: ${url}/invoices/.canary.json, status: 200, match: { /here: true }, timeout: 2s }
  settle: { first: 0s, every: 100ms, for: 200ms }
retry: { max_attempts: 5, backoff: { first: 50ms, cap: 300ms }, deadline: 1h }
on_unknown: reconcile
rollback: { strategy: manual_only }
`

describe('a server that this project did not write, by YAML alone', () => {
  const store = new webdav.WebDAVServer({ port: 0, hostname: '127.0.0.1' })
  let storeUrl: string
  let proxy: CuttingProxy
  let world: World

  const filed = async (): Promise<unknown[]> => {
    const listed = await fetch(`${storeUrl}/invoices/`, { method: 'PROPFIND', headers: { depth: '1' } })
    const paths = [...(await listed.text()).matchAll(/<D:href>[^<]*\/invoices\/([^<]+)<\/D:href>/g)].map(
      ([, name]) => name,
    )
    const invoices = paths.filter((name) => name !== '.canary.json')
    return Promise.all(invoices.map(async (name) => (await fetch(`${storeUrl}/invoices/${name}`)).json()))
  }

  beforeAll(async () => {
    storeUrl = await startStore(store)
    // A third of the first puts is answered to nobody, and a sixth never arrives.
    let puts = 0
    proxy = await startCuttingProxy(storeUrl, ({ method, nth }) => {
      if (method !== 'PUT' || nth > 1) return 'never'
      puts += 1
      if (puts % 3 === 0) return 'after_it_was_answered'
      return puts % 6 === 1 ? 'before_it_arrives' : 'never'
    })
    world = await openWorld({ contracts: [contract(proxy.url)] })
    await world.startUsual()
    for (let nth = 1; nth <= INTENTS; nth += 1) {
      const payload = JSON.stringify(payloadOf(nth))
      await world.pool.query('select readback.enqueue($1, $2, $3, $4)', ['acme', 'invoice.file', keyOf(nth), payload])
    }
    await world.settled()
  }, 180_000)
  afterAll(async () => {
    await world.close()
    await proxy.stop()
    await new Promise<void>((resolve) => store.stop(() => resolve()))
  }, 60_000)

  it('holds every invoice once, as it was meant', async () => {
    const amounts = (await filed()).toSorted((a, b) => amountOf(a) - amountOf(b))
    expect(amounts).toEqual(Array.from({ length: INTENTS }, (_, index) => payloadOf(index + 1)))
  })

  it('was asked before anything was put again, and what had arrived was not put again', () => {
    const puts = proxy.passages.filter(({ method }) => method === 'PUT')
    const lost = puts.filter(({ cut }) => cut === 'after_it_was_answered')
    const never = puts.filter(({ cut }) => cut === 'before_it_arrives')
    expect([lost.length, never.length]).toEqual([INTENTS / 3, Math.ceil(INTENTS / 6)])
    expect(puts).toHaveLength(INTENTS + never.length)
    for (const { path } of lost) expect(puts.filter((put) => put.path === path)).toHaveLength(1)
    for (const { path } of never) {
      const story = proxy.passages.filter((passage) => passage.path === path).map(({ method }) => method)
      expect(story).toEqual(['PUT', 'GET', 'GET', ...story.slice(3, -2), 'PUT', 'GET'])
    }
  })

  it('is read back for every receipt', async () => {
    const { rows } = await world.pool.query('select distinct status, receipt ->> $1 as verdict from readback.effect', [
      'verdict',
    ])
    expect(rows).toEqual([{ status: 'done', verdict: 'present' }])
    const status = await world.run('status', 'invoice.file', keyOf(3), '--tenant', 'acme', '--json')
    expect(status.json()).toMatchObject({ status: 'done', attempts: 1, receipt: { verdict: 'present' } })
  })
})

const amountOf = (invoice: unknown) => (invoice as { amount: number }).amount

async function startStore(store: webdav.WebDAVServer): Promise<string> {
  const started = new Promise<Server | undefined>((resolve) => store.start(resolve))
  const address = (await started)?.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  await fetch(`${url}/invoices`, { method: 'MKCOL' })
  await fetch(`${url}/invoices/.canary.json`, { method: 'PUT', body: '{"here": true}' })
  return url
}
