import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ForeignServer, type Invoice, plainInvoice, type RunningServer, startProgram } from './foreign-server.ts'

export const bucket: ForeignServer = {
  name: 'a bucket of objects',
  effect: 'invoice.archive',
  contract: 'bucket-object.yaml',
  start,
  invoice: plainInvoice,
  effectOf: ({ method, path }) => (method === 'PUT' ? path : null),
  dropped: { status: 200, body: '' },
  secrets: { BUCKET_ID: 'S3RVER', BUCKET_KEY: 'S3RVER' },
}

async function start(): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'readback-bucket-'))
  const { url, process } = await startProgram(import.meta.resolve('s3rver/bin/s3rver.js'), (port) => ({
    args: `-a 127.0.0.1 -p ${port} -d ${folder} --configure-bucket invoices --no-vhost-buckets -s`.split(' '),
  }))
  return {
    url,
    held: () => held(url),
    async stop() {
      await process.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

async function held(url: string): Promise<Invoice[]> {
  const listed = await (await fetch(`${url}/invoices?max-keys=1000`)).text()
  const names = [...listed.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, name]) => name)
  return Promise.all(names.map(async (name) => (await fetch(`${url}/invoices/${name}`)).json() as Promise<Invoice>))
}
