import { createHmac } from 'node:crypto'
import { type Contract, ContractUnreadableError, parseContract } from '@readback/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallbackReceived } from './observation.ts'
import { receiveCallback } from './receive-callback.ts'
import { type Bench, calledWith, createBench } from './testing/verifier-fixture.ts'

const EFFECT = 'invoice.issue'
const SIGNED = 'signature: { hmac_sha256: { header: X-Signature, secret: "${secret:HOOK}" } }'
const BY_KEY = 'find: { key: /key }'

let bench: Bench
let observed: CallbackReceived[]

beforeEach(async () => {
  observed = []
  bench = await createBench()
})
afterEach(() => bench.close())

function contractWith(callback: string): Contract {
  const parsed = parseContract(
    `
effect: ${EFFECT}
version: 1
call: { method: POST, url: https://b.example/, body: { json: { key: "\${key}" } }, timeout: 3s }
provider: { key: { in: marker }, repeat: acts_again }
verify:
  by_key: { read: { url: "https://b.example/?k=\${key}" }, items: /data, where: { /key: "\${key}" } }
  ${callback}
on_unknown: reconcile
rollback: { strategy: none }
`,
    'f.yaml',
  )
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'))
  return parsed.contract
}

type Given = { callback?: string; body?: string; signature?: string; effect?: string; secret?: string | undefined }

const sign = (body: string, secret = 'hush') => createHmac('sha256', secret).update(body).digest('hex')

function receive({
  callback = `callback: { ${BY_KEY}, ${SIGNED} }`,
  body = '{"key":"a"}',
  effect = EFFECT,
  ...given
}: Given = {}) {
  const secret = 'secret' in given ? given.secret : 'hush'
  const contracts = {
    newest: async (name: string) => {
      if (name === EFFECT) return contractWith(callback)
      throw new ContractUnreadableError('there is none')
    },
  }
  const headers = { 'x-signature': given.signature ?? sign(body) }
  return receiveCallback(
    { db: bench.db, contracts, secret: () => secret, nowMs: Date.now, observe: (each) => observed.push(each) },
    { tenant: 'acme', effect, headers, body: Buffer.from(body) },
  )
}

/** Called, with a first look in an hour. */
async function waiting(key: string): Promise<void> {
  const entryId = await calledWith(bench, key, 'success')
  await bench.db.pool.query("update readback.delivery set due_at = now() + interval '1 hour' where entry_id = $1", [
    entryId,
  ])
}

const isDue = async (): Promise<boolean> =>
  (await bench.db.pool.query('select due_at <= now() as due from readback.delivery')).rows[0].due

describe('what a provider sends by itself', () => {
  it('has what waits looked at now, and says so once', async () => {
    await waiting('a')
    expect(await receive()).toBe('brought_forward')
    expect(await isDue()).toBe(true)
    expect(await receive()).toBe('nothing_waits')
    const told = { type: 'callback_received', tenant: 'acme', effect: EFFECT }
    expect(observed).toEqual([
      { ...told, result: 'brought_forward', looks: 1 },
      { ...told, result: 'nothing_waits', looks: 0 },
    ])
  })

  it.each<[string, Given, string]>([
    ['about another key', { body: '{"key":"b"}' }, 'nothing_waits'],
    ['without a key', { body: '{}' }, 'without_reference'],
    ['that is no JSON', { body: 'a' }, 'not_json'],
    ['that is no JSON, and signed by nobody', { body: 'a', signature: '' }, 'signature_invalid'],
    ['that is signed by nobody', { signature: '' }, 'signature_invalid'],
    ['that is signed by somebody else', { signature: sign('{"key":"a"}', 'other') }, 'signature_invalid'],
    ['that was signed for something else', { signature: sign('{"key":"b"}') }, 'signature_invalid'],
    ['whose secret is not here', { secret: undefined }, 'secret_unusable'],
    ['whose secret is empty', { secret: '', signature: sign('{"key":"a"}', '') }, 'secret_unusable'],
    [
      'of a kind that does not count',
      { callback: `callback: { ${BY_KEY}, when: { /type: done }, ${SIGNED} }` },
      'ignored',
    ],
  ])('%s changes nothing', async (_, given, result) => {
    await waiting('a')
    expect(await receive(given)).toBe(result)
    expect(await isDue()).toBe(false)
    expect(observed).toMatchObject([{ result, looks: 0 }])
  })

  it.each<[string, Given]>([
    ['an effect that expects none', { callback: '' }],
    ['an effect that there is not', { effect: 'no.such' }],
    ['what cannot be an effect', { effect: '../etc' }],
  ])('of %s is told of nowhere: anybody can make up names', async (_, given) => {
    expect(await receive(given)).toBe('not_expected')
    expect(observed).toEqual([])
  })

  it('needs no signature where the contract says so', async () => {
    await waiting('a')
    const callback = `callback: { ${BY_KEY}, signature: none }`
    expect(await receive({ callback, signature: '', secret: undefined })).toBe('brought_forward')
  })
})
