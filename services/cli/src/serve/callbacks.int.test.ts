import { readFileSync } from 'node:fs'
import { type Contract, ContractUnreadableError, parseContract } from '@readback/contract'
import { type HealthServer, serveHealth } from '@readback/service-kit'
import { openDatabase } from '@readback/store'
import type { CallbackDeps } from '@readback/verifier'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type CallbacksOf, callbackEndpoint } from './callbacks.ts'

/** Nobody is there: none of these callbacks comes as far as a database. */
const db = openDatabase({ url: 'postgres://app@127.0.0.1:1/app', applicationName: 'nobody' })
afterAll(() => db.close())

let server: HealthServer | undefined
afterEach(() => server?.close())

const text = readFileSync(new URL('../../../../docs/contracts/callback-invoice.yaml', import.meta.url), 'utf8')

function contract(): Contract {
  const parsed = parseContract(text, 'callback-invoice.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join())
  return parsed.contract
}

const secret = () => `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`
const depsWith = (newest: () => Promise<Contract>): CallbackDeps => ({
  db,
  contracts: { newest },
  secret,
  nowMs: Date.now,
  observe: () => {},
})

const EXPECTS: CallbacksOf = () => depsWith(async () => contract())
const DOES_NOT: CallbacksOf = () => depsWith(() => Promise.reject(new ContractUnreadableError('never deployed')))
const IS_AWAY: CallbacksOf = () => depsWith(() => Promise.reject(new Error('connect ECONNREFUSED')))
const NOT_STARTED: CallbacksOf = () => null

/** The status that an unsigned callback is answered with. */
async function answerAt(path: string, sources: Record<string, CallbacksOf>): Promise<number> {
  const also = callbackEndpoint(new Map(Object.entries(sources)))
  server = await serveHealth({
    port: 0,
    host: '127.0.0.1',
    live: () => true,
    ready: async () => [],
    metrics: async () => '',
    also,
  })
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', headers, body: '{}' })).status
}

describe('a callback', () => {
  it.each<[string, string, Record<string, CallbacksOf>, number]>([
    ['of a lone database', '/callbacks/acme/invoice.finalize', { default: EXPECTS }, 401],
    ['that names the lone one', '/callbacks/default/acme/invoice.finalize', { default: EXPECTS }, 401],
    [
      'that names one of several',
      '/callbacks/orders/acme/invoice.finalize',
      { orders: EXPECTS, billing: IS_AWAY },
      401,
    ],
    ['that names the other', '/callbacks/billing/acme/invoice.finalize', { orders: EXPECTS, billing: DOES_NOT }, 404],
    [
      'that names one which is away',
      '/callbacks/billing/acme/invoice.finalize',
      { orders: EXPECTS, billing: IS_AWAY },
      503,
    ],
    [
      'that names one which is not worked on yet',
      '/callbacks/orders/acme/invoice.finalize',
      { orders: NOT_STARTED },
      503,
    ],
    [
      'that names none, and one expects it',
      '/callbacks/acme/invoice.finalize',
      { orders: DOES_NOT, billing: EXPECTS },
      401,
    ],
    [
      'that names none, and nobody expects it',
      '/callbacks/acme/invoice.finalize',
      { orders: DOES_NOT, billing: DOES_NOT },
      404,
    ],
    [
      'that may be for one which is away',
      '/callbacks/acme/invoice.finalize',
      { orders: EXPECTS, billing: IS_AWAY },
      503,
    ],
    ['that names a database which is not served', '/callbacks/mail/acme/invoice.finalize', { orders: EXPECTS }, 404],
    ['of a tenant named as a database', '/callbacks/orders/invoice.finalize', { orders: EXPECTS }, 401],
  ])('%s', async (_, path, sources, status) => {
    expect(await answerAt(path, sources)).toBe(status)
  })
})
