import { fileURLToPath } from 'node:url'
import { type LossyProvider, startLossyProvider } from '@readback/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { contractTool } from '../testing/contract-tool.ts'
import { KEYED, OPAQUE } from '../testing/provider-contracts.ts'

const tool = contractTool()
let provider: LossyProvider

beforeAll(async () => {
  provider = await startLossyProvider({ bearerToken: 'sesame' })
})
beforeEach(async () => {
  await provider.reset()
  await provider.plan('clean')
  tool.write(KEYED(provider.url).replace('call:', 'auth: { bearer: "${secret:TOKEN}" }\ncall:'))
})
afterAll(async () => {
  await provider.stop()
  tool.remove()
})

const env = { READBACK_SECRET_TOKEN: 'sesame' }
const PAYLOAD = '{"customer":"c","amount":5}'
const args = (...more: string[]) => ['try', tool.file, '--key', 'k1', '--payload', PAYLOAD, ...more]
const attempt = (...more: string[]) => tool.json(args(...more), { env })
const writes = async () => (await provider.ledger()).filter(({ method }) => method === 'POST').length

describe('contracts try', () => {
  it('only looks, and says how each rule read the answer', async () => {
    const { exitCode, effect, data } = await attempt()
    expect({ exitCode, effect }).toEqual({ exitCode: 0, effect: 'noop' })
    expect(data.trials).toMatchObject([{ step: 'look', by: 'key', verdict: 'absent', requests: [{}, {}] }])
    expect(data.trials[0].requests[0].rules).toContainEqual({
      rule: 'verify.by_key.absent[0]',
      where: 'items',
      expected: 'none',
      got: 'none',
      hit: true,
    })
    expect(await writes()).toBe(0)
  })

  it('sends nothing in a dry run, and shows secrets by name', async () => {
    const { exitCode, effect, data } = await attempt('--call', '--dry-run')
    expect({ exitCode, effect }).toEqual({ exitCode: 0, effect: 'would_create' })
    expect(data.requests).toMatchObject([
      { method: 'GET', url: `${provider.url}/v1/invoices?key=k1` },
      { method: 'POST', headers: { authorization: 'Bearer ${secret:TOKEN}', 'idempotency-key': 'k1' }, body: PAYLOAD },
    ])
    expect(await provider.ledger()).toEqual([])
  })

  it('calls once, looks by key and by id, and is done when both see it', async () => {
    const { exitCode, effect, data } = await attempt('--call', '--yes')
    expect({ exitCode, effect }).toEqual({ exitCode: 0, effect: 'created' })
    expect(data.trials).toMatchObject([
      { step: 'look', verdict: 'absent' },
      { step: 'call', outcome: 'success', external_id: 'invoices_1', answer: { status: 201 } },
      { step: 'look', by: 'key', verdict: 'present' },
      { step: 'look', by: 'id', verdict: 'present' },
    ])
    expect(await writes()).toBe(1)
  })

  it('does not call again what is there, unless told so', async () => {
    await attempt('--call', '--yes')
    expect(await attempt('--call', '--yes')).toMatchObject({ exitCode: 0, effect: 'noop' })
    expect(await writes()).toBe(1)
    expect(await attempt('--call', '--again', '--yes')).toMatchObject({ effect: 'created' })
    expect(await writes()).toBe(2)
  })

  it('asks before it calls, naming the place', async () => {
    const no = await tool.run(args('--call'), { env, ask: async () => false })
    expect(no.exitCode).toBe(1)
    expect(no.err).toContain(`This makes one real call of invoice.issue at ${provider.url}:`)
    expect(await writes()).toBe(0)
  })

  it('waits for what shows late, as long as the contract says', async () => {
    await provider.plan({ writes: { everyKey: [{ name: 'shown-late', delayMs: 300 }] } })
    expect(await attempt('--call', '--yes')).toMatchObject({ exitCode: 0 })
  })

  it('ends with 3 when an accepted call is not seen', async () => {
    await provider.plan('empty-promises')
    const { exitCode, data } = await attempt('--call', '--yes')
    expect(exitCode).toBe(3)
    expect(data.trials).toMatchObject([{}, { outcome: 'success' }, { verdict: 'absent' }, { verdict: 'absent' }])
  })

  it('looks by an id that it is given', async () => {
    await attempt('--call', '--yes')
    const { data } = await attempt('--external-id', 'invoices_1')
    expect(data.trials).toMatchObject([{ by: 'id', verdict: 'present' }])
  })

  it('shows for people what went out and came back, without the secret and without control characters', async () => {
    const { out } = await tool.run(args('--call', '--yes'), { env })
    expect(out).toContain('authorization: Bearer ${secret:TOKEN}')
    expect(out).toContain('yes verify.by_key.present.match /amount: expected 5 by number, got 5')
    expect(out).toContain('outcome  success: http_201, external id invoices_1')
    expect(out).toContain('verdict  present: found, and it matches, external id invoices_1')
    expect(out).not.toContain('sesame')
  })

  it('says which secret is missing, before anything is sent', async () => {
    const { out, exitCode } = await tool.run(args())
    expect(exitCode).toBe(3)
    expect(out).toContain('verdict  inconclusive: the secret TOKEN is not configured (secret_missing)')
    expect(await provider.ledger()).toEqual([])
  })

  it.each([
    [
      'a payload that does not fit',
      ['--payload', '{}', '--call', '--dry-run'],
      2,
      'expected a payload and a key that fit the contract',
    ],
    [
      'a key that does not fit',
      ['--key', 'ä', '--payload', PAYLOAD, '--call', '--dry-run'],
      2,
      'the key is not printable ASCII',
    ],
    ['again without a call', ['--again'], 2, 'again: it goes with --call'],
  ])('refuses %s', async (_, more, code, sentence) => {
    const { exitCode, err } = await tool.run(['try', tool.file, '--key', 'k', ...more], { env })
    expect(exitCode).toBe(code)
    expect(err).toContain(sentence)
  })

  it('has nothing to look at where the provider cannot be asked, and can still call', async () => {
    tool.write(OPAQUE(provider.url))
    expect(await tool.run(['try', tool.file, '--key', 'k'])).toMatchObject({ exitCode: 1 })
    expect(await tool.json(['try', tool.file, '--key', 'k', '--call', '--yes'])).toMatchObject({
      exitCode: 3,
      data: { payload: '{"to":"probe@example.com"}', trials: [{ step: 'call', outcome: 'permission_denied' }] },
    })
  })

  it('asks first for what a call needs, and shows what was kept of it', async () => {
    const text = KEYED(provider.url)
      .replace(
        'call:',
        'auth: { bearer: "${secret:TOKEN}" }\nprepare: { request: { method: GET, url: "URL/v1/account" }, keep: { account: /id } }\ncall:',
      )
      .replace('URL', provider.url)
      .replace('{ json: "${payload}" }', '{ json: { amount: "${payload./amount}", account: "${prepare.account}" } }')
    tool.write(text)
    const dry = await attempt('--call', '--dry-run')
    expect(dry.data.requests.slice(1)).toMatchObject([
      { method: 'GET', url: `${provider.url}/v1/account` },
      { method: 'POST', body: '{"account":"/prepare.account","amount":5}' },
    ])
    const { exitCode, data } = await attempt('--call', '--yes')
    expect(exitCode).toBe(0)
    expect(data.trials[1]).toMatchObject({
      prepared: '{"account":"account_1"}',
      request: { body: '{"account":"account_1","amount":5}' },
      outcome: 'success',
    })
  })

  it('shows a mail that would be sent, without the log-in', async () => {
    const file = fileURLToPath(new URL('../../../../docs/contracts/smtp-mail.yaml', import.meta.url))
    const payload = '{"order":1,"to":"ann@example.com","name":"Ann","subject":"Hi","text":"Hello","total":"5"}'
    const { data } = await tool.json(['try', file, '--key', 'k1', '--payload', payload, '--call', '--dry-run'])
    const mail = data.requests.at(-1)
    expect(mail).toMatchObject({ method: 'SMTP', headers: { to: 'ann@example.com' } })
    expect(JSON.stringify(mail)).not.toContain('secret:')
  })

  it('tells all that is wrong with the file', async () => {
    tool.write(KEYED(provider.url).replace('risk: high', 'risc: high'))
    const { exitCode, err, data } = await attempt()
    expect(exitCode).toBe(1)
    expect(err).toContain('contract.yaml:3:1 risc: expected only known fields, got "risc"')
    expect(data.problems).toHaveLength(1)
  })
})
