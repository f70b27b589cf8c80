import { afterEach, describe, expect, it } from 'vitest'
import { type Check, type HealthServer, serveHealth } from './serve-health.ts'

let server: HealthServer | undefined
afterEach(() => server?.close())

async function get(path: string, checks: readonly Check[] | Error = []) {
  server = await serveHealth({
    port: 0,
    host: '127.0.0.1',
    live: () => true,
    ready: async () => {
      if (checks instanceof Error) throw checks
      return checks
    },
    metrics: async () => 'readback_dead 0\n',
  })
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
  return { status: response.status, body: await response.text() }
}

describe('the health endpoints', () => {
  it('say that the process lives, whatever the database does', async () => {
    expect(await get('/livez', new Error('no database'))).toEqual({ status: 200, body: 'ok\n' })
  })

  it('say which check is not ready', async () => {
    const checks = [
      { name: 'database', ok: true },
      { name: 'kafka', ok: false, detail: 'not connected' },
    ]
    expect(await get('/readyz?verbose', checks)).toEqual({
      status: 503,
      body: '[+] database\n[-] kafka: not connected\nnot ready\n',
    })
  })

  it('are ready when every check is', async () => {
    expect(await get('/readyz', [{ name: 'database', ok: true }])).toEqual({ status: 200, body: 'ready\n' })
  })

  it('are ready when one of those is that stand for each other, and not when none is', async () => {
    const orders = { name: 'source orders', oneOf: 'source', ok: true }
    const billing = { name: 'source billing', oneOf: 'source', ok: false, detail: 'no answer' }
    expect(await get('/readyz?verbose', [orders, billing])).toEqual({
      status: 200,
      body: '[+] source orders\n[-] source billing: no answer\nready\n',
    })
    await server?.close()
    expect(await get('/readyz', [{ ...orders, ok: false }, billing])).toMatchObject({ status: 503 })
  })

  it('give the metrics', async () => {
    expect((await get('/metrics')).body).toBe('readback_dead 0\n')
  })

  it('refuse a port that is taken', async () => {
    await get('/livez')
    const options = { port: server?.port ?? 0, host: '127.0.0.1', live: () => true, ready: async () => [] }
    await expect(serveHealth({ ...options, metrics: async () => '' })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
