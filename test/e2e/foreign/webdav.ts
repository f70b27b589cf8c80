import type { Server } from 'node:http'
import { v2 as webdav } from 'webdav-server'
import { type ForeignServer, type Invoice, plainInvoice, type RunningServer } from './foreign-server.ts'

const CANARY = '.canary.json'

export const webdavStore: ForeignServer = {
  name: 'a WebDAV store',
  effect: 'invoice.file',
  contract: 'webdav-file.yaml',
  start,
  invoice: plainInvoice,
  effectOf: ({ method, path }) => (method === 'PUT' ? path : null),
  dropped: { status: 201, body: '' },
}

/** It has no program of its own, and runs within the test. */
async function start(): Promise<RunningServer> {
  const store = new webdav.WebDAVServer({ port: 0, hostname: '127.0.0.1' })
  const started = new Promise<Server | undefined>((resolve) => store.start(resolve))
  const address = (await started)?.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  await fetch(`${url}/invoices`, { method: 'MKCOL' })
  await fetch(`${url}/invoices/${CANARY}`, { method: 'PUT', body: '{"here": true}' })
  return {
    url,
    held: () => held(url),
    stop: () => new Promise<void>((resolve) => store.stop(() => resolve())),
  }
}

async function held(url: string): Promise<Invoice[]> {
  const listed = await fetch(`${url}/invoices/`, { method: 'PROPFIND', headers: { depth: '1' } })
  const found = (await listed.text()).matchAll(/<D:href>[^<]*\/invoices\/([^<]+)<\/D:href>/g)
  const names = [...found].map(([, name]) => name).filter((name) => name !== CANARY)
  return Promise.all(names.map(async (name) => (await fetch(`${url}/invoices/${name}`)).json() as Promise<Invoice>))
}
