import { type LossyProvider, type LossyProviderOptions, startLossyProvider } from '@readback/testing'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { contractTool } from '../../testing/contract-tool.ts'
import { startKeyChangingProxy } from '../../testing/key-changing-proxy.ts'
import { KEYED, OPAQUE, READABLE } from '../../testing/provider-contracts.ts'
import type { Finding } from './finding.ts'

const tool = contractTool()
let provider: LossyProvider | undefined

afterEach(() => provider?.stop())
afterAll(() => tool.remove())

type Edit = readonly [from: string | RegExp, to: string]

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, [from, to]) => {
    const after = before.replace(from, () => to)
    if (after === before) throw new Error(`the contract has no ${from}`)
    return after
  }, text)
}

async function probe(options: LossyProviderOptions, contract: (url: string) => string, ...more: string[]) {
  provider = await startLossyProvider(options)
  tool.write(contract(provider.url))
  return tool.json(['probe', tool.file, '--yes', ...more])
}

const ofResult = (findings: Finding[], result: Finding['result']) =>
  findings.filter((finding) => finding.result === result)

describe('contracts probe', () => {
  it.each<[string, LossyProviderOptions, (url: string) => string, number]>([
    ['a keyed provider', {}, KEYED, 14],
    [
      'a keyed provider that refuses a repeat',
      { repeat: 'refused' },
      (url) => edited(KEYED(url), [['repeat: same_answer', 'repeat: refused']]),
      14,
    ],
    ['a provider that acts again and can be asked', { kind: 'readable' }, READABLE, 13],
    [
      'a provider that overwrites',
      { kind: 'readable', repeat: 'overwrites' },
      (url) => edited(READABLE(url), [['repeat: acts_again', 'repeat: overwrites\n  other_payload: overwrites']]),
      14,
    ],
    ['a provider that finds longer keys too', { search: 'prefix' }, KEYED, 14],
    [
      'a provider that shows late',
      { plan: { writes: { everyKey: [{ name: 'shown-late', delayMs: 300 }] } } },
      (url) => edited(KEYED(url), [['for: 1s', 'for: 5s']]),
      14,
    ],
    ['a provider that cannot be asked', { kind: 'opaque' }, OPAQUE, 2],
  ])('keeps every claim of a right contract for %s', async (_, options, contract, claims) => {
    const { exitCode, effect, data } = await probe(options, contract)
    expect([...ofResult(data.findings, 'broken'), ...ofResult(data.findings, 'weak')]).toEqual([])
    expect({ exitCode, effect, kept: data.kept }).toEqual({ exitCode: 0, effect: 'created', kept: true })
    expect(ofResult(data.findings, 'kept')).toHaveLength(claims)
  })

  const byKey404: Edit = [
    'items: /data\n',
    'items: /data\n    absent: [{ items: 0 }, { status: 404, match: { /error/code: not_found } }]\n',
  ]
  const withoutCanary: Edit = [/ {2}canary: .*\n/, '']

  it.each<[string, LossyProviderOptions, readonly Edit[], string, string, string]>([
    [
      'a credential that is missing',
      { bearerToken: 'sesame' },
      [],
      'call',
      '401, read as permission_denied (http_401)',
      'auth, and the secret that it names',
    ],
    [
      'an id that does not stand there',
      {},
      [['external_id: /id', 'external_id: /ident']],
      'call.external_id',
      '201 without a value there',
      'external_id: where the id stands in the answer, which readback contracts try --call shows',
    ],
    [
      'a look that does not find it',
      {},
      [['where: { /metadata/key:', 'where: { /metadata/kee:']],
      'verify.by_key',
      'absent: nothing under the key, for',
      'verify: a request and a where that find what the call has made',
    ],
    [
      'a comparison with what the provider changes',
      { plan: { writes: { weights: { 'stored-other': 1 } } } },
      [],
      'verify.by_key',
      'mismatch: found, but /amount differs, for',
      'present.match: compare by number, lower or trim, or leave out what the provider changes',
    ],
    [
      'a look by id at another place',
      {},
      [['invoices/${external_id}', 'invoice/${external_id}']],
      'verify.by_id',
      'absent: absent by status 404',
      'verify: a request and a where that find what the call has made',
    ],
    [
      'a filter that the provider does not know, and none of ours',
      {},
      [
        ['?key=${key}', '?kee=${key}'],
        ['where: { /metadata/key: "${key}" }', 'where: { /customer: "${payload./customer}" }'],
      ],
      'verify.absent',
      "present: somebody else's is taken for ours",
      'where: { /metadata/key: "${key}" }, which is applied here whatever the provider filtered by',
    ],
    [
      'an empty list that proves nothing',
      {},
      [['items: /data\n', 'items: /data\n    absent: [{ status: 404, match: { /code: gone } }]\n']],
      'verify.absent',
      'inconclusive (absence_unproven): nothing under the key',
      'absent: [{ items: 0 }]',
    ],
    [
      'a canary that does not answer',
      {},
      [['/v1/account', '/v1/account/nobody']],
      'verify.canary',
      'it did not',
      'canary: a request that succeeds whenever this is the right place',
    ],
    [
      'a loose search without a filter of ours',
      { search: 'prefix' },
      [['where: { /metadata/key: "${key}" }', 'where: { /customer: "${payload./customer}" }']],
      'verify.by_key.where',
      'where only',
      'where: { /metadata/key: "${key}" }, which is applied here whatever the provider filtered by',
    ],
    [
      'a 404 of any place',
      {},
      [withoutCanary, byKey404],
      'verify.absent',
      'absent by key, at a path that does not exist',
      'canary: { url: ... } of the same place; and in absent a match beside the status',
    ],
    [
      'a header that is taken and ignored',
      { kind: 'readable' },
      [],
      'provider.repeat',
      '201, read as success (http_201); more under the key after two calls',
      'repeat: acts_again; the header Idempotency-Key was taken and ignored',
    ],
    [
      'a repeat that is refused',
      { repeat: 'refused' },
      [],
      'provider.repeat',
      '409, read as side_effect_unknown (answer_exists); one under the key after two calls',
      'repeat: refused',
    ],
    [
      'a repeat that gets the same answer',
      {},
      [['repeat: same_answer', 'repeat: refused']],
      'provider.repeat',
      '201, read as success (http_201); one under the key after two calls',
      'repeat: same_answer',
    ],
    [
      'a refused repeat that is read as a wrong request',
      { repeat: 'refused' },
      [
        ['repeat: same_answer', 'repeat: refused'],
        ['{ status: 409, means: exists }', '{ status: 409, means: refused }'],
      ],
      'provider.repeat',
      '409, read as validation_failure (answer_refused); one under the key after two calls',
      'answers: a rule for this status with means: exists, or a lost answer ends dead though it happened',
    ],
    [
      'overwriting that is a second one',
      { kind: 'readable' },
      [['repeat: same_answer', 'repeat: overwrites']],
      'provider.repeat',
      '201, read as success (http_201); more under the key after two calls',
      'repeat: acts_again; the header Idempotency-Key was taken and ignored',
    ],
    [
      'a second payload that is refused',
      {},
      [['other_payload: error', 'other_payload: first_wins']],
      'provider.other_payload',
      '422, read as validation_failure (mismatch); the first is there',
      'other_payload: error',
    ],
    [
      'a second payload that replaces the first',
      { kind: 'readable', repeat: 'overwrites' },
      [],
      'provider.other_payload',
      '200, read as success (http_200); the second is there',
      'other_payload: overwrites',
    ],
  ])('breaks the claim of a wrong contract: %s', async (...row) => {
    const [, options, edits, field, seen, fix] = row
    const { exitCode, data } = await probe(options, (url) => edited(KEYED(url), edits))
    expect({ exitCode, kept: data.kept }).toEqual({ exitCode: 3, kept: false })
    expect(ofResult(data.findings, 'broken')).toContainEqual({
      field,
      claim: expect.any(String),
      result: 'broken',
      seen: expect.stringContaining(seen),
      fix,
    })
  })

  it('breaks the claim of a settle time that is too short, and wants twice the time that it took to see it', async () => {
    const late: LossyProviderOptions = { plan: { writes: { everyKey: [{ name: 'shown-late', delayMs: 600 }] } } }
    const { exitCode, data } = await probe(late, (url) => edited(KEYED(url), [['for: 1s', 'for: 100ms']]))
    expect({ exitCode, kept: data.kept }).toEqual({ exitCode: 3, kept: false })
    const [found] = ofResult(data.findings, 'broken')
    // How long that is depends on how busy this machine is.
    const afterMs = Number(/^present after (\d+) ms, and settle.for ends after 100 ms$/.exec(found?.seen ?? '')?.[1])
    expect(afterMs).toBeGreaterThanOrEqual(500)
    expect(found).toMatchObject({
      field: 'verify.settle',
      fix: `settle: { for: ${Math.ceil((afterMs * 2) / 1_000)}s }`,
    })
  })

  it.each([
    [
      'cuts keys',
      (key: string) => key.slice(0, 60),
      'provider.key.max_bytes',
      'max_bytes: fewer than 512; or as: { sha256: hex }',
    ],
    [
      'drops characters',
      (key: string) => key.replaceAll(/[^\w-]/g, ''),
      'provider.key.allowed',
      'allowed: "[A-Za-z0-9_-]+"; or as: { sha256: hex }',
    ],
  ])('finds out that a provider %s', async (_, change, field, fix) => {
    provider = await startLossyProvider()
    const proxy = await startKeyChangingProxy(provider.url, change)
    tool.write(KEYED(proxy.url))
    const { data } = await tool.json(['probe', tool.file, '--yes'])
    await proxy.stop()
    expect(ofResult(data.findings, 'broken')).toMatchObject([{ field, fix }])
  })

  it('warns of a canary that guards another folder than the look', async () => {
    const { exitCode, data } = await probe({}, (url) => edited(KEYED(url), [byKey404]))
    expect(exitCode).toBe(0)
    expect(ofResult(data.findings, 'weak')).toMatchObject([
      { field: 'verify.canary', seen: 'absent where only the look is wrong' },
    ])
  })

  it('says of a contract that claims less than there is what it might claim', async () => {
    const { exitCode, data } = await probe({}, (url) =>
      edited(KEYED(url), [['repeat: same_answer', 'repeat: acts_again']]),
    )
    expect(exitCode).toBe(0)
    expect(data.findings).toContainEqual({
      field: 'provider.repeat',
      claim: 'a repeat with the same key may act again',
      result: 'kept',
      seen: '201, read as success (http_201); one under the key after two calls',
      fix: 'repeat: same_answer, if the provider promises it',
    })
  })

  it('asks first, naming the place, and says so in a dry run', async () => {
    provider = await startLossyProvider()
    tool.write(KEYED(provider.url))
    const plan = `This makes up to 6 real calls of invoice.issue at ${provider.url}, and looks for them.`
    const asked = await tool.run(['probe', tool.file], { ask: async () => false })
    expect(asked.exitCode).toBe(1)
    expect(asked.err).toContain(`${plan}\nWhat it makes stays there: use a sandbox.`)
    expect((await tool.run(['probe', tool.file, '--dry-run'])).out).toBe(`would_create\n${plan}\n`)
    expect(await tool.run(['probe', tool.file])).toMatchObject({ exitCode: 2 })
    expect(await provider.ledger()).toEqual([])
  })

  it('does not take silence for proof: what it cannot finish in time is not tested', async () => {
    const { exitCode, data } = await probe({ latencyMs: 400 }, KEYED, '--deadline', '100ms')
    expect(exitCode).toBe(0)
    expect(ofResult(data.findings, 'kept')).toEqual([])
    expect(data.findings[0]).toMatchObject({ result: 'not_tested', seen: 'not finished within 100 ms' })
  })

  it('shows claim, what was seen and what to write, and what it has left behind', async () => {
    provider = await startLossyProvider({ kind: 'readable' })
    tool.write(KEYED(provider.url))
    const { out, err } = await tool.run(['probe', tool.file, '--yes'])
    expect(out).toContain(
      [
        'BROKEN      provider.repeat: a repeat with the same key acts once and gets the same answer',
        '              seen  201, read as success (http_201); more under the key after two calls',
        '              fix   repeat: acts_again; the header Idempotency-Key was taken and ignored',
      ].join('\n'),
    )
    expect(out).toMatch(/kept, 2 broken, 0 weak, \d not tested\.\nLeft at the provider: invoices_1, /)
    expect(err).toContain('a look by key ...\n')
  })
})
