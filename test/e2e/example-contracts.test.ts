import { readFileSync } from 'node:fs'
import { type Contract, type Entry, formatProblem, parseContract } from '@readback/contract'
import { callProvider, createHttpCaller, type HttpCaller, lookAtProvider, parseEgressAllow } from '@readback/effects'
import {
  type FaultPlan,
  type LossyProvider,
  type LossyProviderOptions,
  lessonCollections,
  startLossyProvider,
} from '@readback/testing'
import { afterEach, describe, expect, it } from 'vitest'

/** The contracts of docs/contracts against the provider that they describe, with its faults. */
const NEVER = new AbortController().signal
const TOKEN = 'token-of-the-test'

let provider: LossyProvider
let caller: HttpCaller

afterEach(async () => {
  await caller.close()
  await provider.stop()
})

async function world(
  file: string,
  options: LossyProviderOptions,
  edit: (text: string) => string = (text) => text,
): Promise<Contract> {
  provider = await startLossyProvider(options.kind === 'keyed' ? { ...options, bearerToken: TOKEN } : options)
  const allowed = parseEgressAllow('127.0.0.1')
  if (!allowed.ok) throw new Error(allowed.problems.join('; '))
  caller = createHttpCaller({ egress: allowed.policy })
  return load(file, provider.url, edit)
}

function load(file: string, url: string, edit: (text: string) => string): Contract {
  const text = edit(readFileSync(new URL(`../../docs/contracts/${file}`, import.meta.url), 'utf8'))
  // A shorter time-out, so that a provider that never answers does not hold up the test.
  const here = text.replaceAll(/https:\/\/\w+\.example/g, url).replace('timeout: 10s', 'timeout: 500ms')
  const parsed = parseContract(here, file)
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  expect(parsed.warnings.map(formatProblem)).toEqual([])
  return parsed.contract
}

const ENTRY: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'x',
  key: 'cust-7/2026-11',
  payload: '{"customer":"cust-7","period":"2026-11","amount":12.50,"title":"Printer on fire"}',
  createdAt: '2026-11-22T17:00:00Z',
}

const deps = () => ({ caller, secret: () => TOKEN, now: Date.now })

async function callAndLook(contract: Contract, entry = ENTRY) {
  const call = await callProvider(deps(), contract, entry, NEVER)
  const { externalId, answered } = call
  const subject = { ...entry, externalId, calls: 1, answeredCalls: answered ? 1 : 0, seenPresentBefore: false }
  return { call, look: await lookAtProvider(deps(), contract, subject, NEVER) }
}

const writing = (writes: NonNullable<FaultPlan['writes']>): FaultPlan => ({ writes })

describe('the keyed example', () => {
  it.each([
    ['none', 'success', 'present', 'id'],
    ['reply-lost', 'side_effect_unknown', 'present', 'key'],
    ['reset-before', 'side_effect_unknown', 'absent', 'key'],
    ['dropped', 'success', 'absent', 'id'],
    ['stored-other', 'success', 'mismatch', 'id'],
    ['error-after', 'side_effect_unknown', 'present', 'key'],
    ['error-before', 'side_effect_unknown', 'absent', 'key'],
    ['truncated', 'side_effect_unknown', 'present', 'key'],
    ['drip', 'side_effect_unknown', 'present', 'key'],
    ['huge', 'side_effect_unknown', 'present', 'key'],
    ['malformed', 'success', 'present', 'key'],
    ['redirect', 'side_effect_unknown', 'absent', 'key'],
    ['bomb', 'side_effect_unknown', 'present', 'key'],
    ['refused-400', 'validation_failure', 'absent', 'key'],
    ['denied-403', 'permission_denied', 'absent', 'key'],
    ['rate-limited', 'retryable_failure', 'absent', 'key'],
    ['unavailable', 'side_effect_unknown', 'absent', 'key'],
  ] as const)('after %s says %s and sees %s by %s', async (...row) => {
    const [fault, outcome, verdict, by] = row
    const contract = await world('keyed-invoice.yaml', {
      kind: 'keyed',
      plan: writing({ byKey: { [ENTRY.key]: [fault] } }),
    })
    const { call, look } = await callAndLook(contract)
    expect({ outcome: call.outcome, verdict: look.verdict, by: look.evidence.by }).toEqual({ outcome, verdict, by })
  })

  it('sees a double by key', async () => {
    const plan = writing({ byKey: { [ENTRY.key]: ['applied-twice'] } })
    const contract = await world('keyed-invoice.yaml', { kind: 'keyed', plan })
    await callProvider(deps(), contract, ENTRY, NEVER)
    const subject = { ...ENTRY, externalId: null, calls: 1, answeredCalls: 0, seenPresentBefore: false }
    expect(await lookAtProvider(deps(), contract, subject, NEVER)).toMatchObject({ verdict: 'duplicate' })
  })

  it('sends the same bytes again, acts once, and knows its key under another payload', async () => {
    const contract = await world('keyed-invoice.yaml', { kind: 'keyed' })
    const first = await callProvider(deps(), contract, ENTRY, NEVER)
    const second = await callProvider(deps(), contract, ENTRY, NEVER)
    expect(second.externalId).toBe(first.externalId)
    expect(await provider.effects('invoices')).toHaveLength(1)
    const other = { ...ENTRY, payload: ENTRY.payload.replace('12.50', '13') }
    expect(await callProvider(deps(), contract, other, NEVER)).toMatchObject({
      means: 'other_payload',
      cause: 'mismatch',
    })
  })
})

describe('the readable example', () => {
  it.each([
    ['none', 'success', 'present'],
    ['reply-lost', 'side_effect_unknown', 'present'],
    ['dropped', 'success', 'absent'],
    ['stored-other', 'success', 'mismatch'],
    ['applied-twice', 'success', 'duplicate'],
  ] as const)('after %s says %s and sees %s by its marker', async (fault, outcome, verdict) => {
    const options = {
      kind: 'readable',
      keyField: '/metadata/key',
      plan: writing({ byKey: { [ENTRY.key]: [fault] } }),
    } as const
    const contract = await world('readable-ticket.yaml', options)
    const { call, look } = await callAndLook(contract)
    expect({ outcome: call.outcome, verdict: look.verdict }).toEqual({ outcome, verdict })
    expect(look.evidence.by).toBe('key')
  })

  it('is not fooled by a search that also finds longer keys', async () => {
    const contract = await world('readable-ticket.yaml', {
      kind: 'readable',
      keyField: '/metadata/key',
      search: 'prefix',
    })
    await callProvider(deps(), contract, { ...ENTRY, key: `${ENTRY.key}0` }, NEVER)
    const subject = { ...ENTRY, externalId: null, calls: 1, answeredCalls: 0, seenPresentBefore: false }
    expect(await lookAtProvider(deps(), contract, subject, NEVER)).toMatchObject({ verdict: 'absent' })
  })
})

describe('the contract of lesson 4', () => {
  it('decides nothing by a list whose cursor leads back to its beginning', async () => {
    const contract = await world('lesson-04-absent.yaml', { collections: lessonCollections() }, (text) =>
      text.replaceAll('/v1/contacts', '/v1/archives'),
    )
    const payload = '{"name":"n"}'
    for (const key of ['a', 'b', 'c']) await callProvider(deps(), contract, { ...ENTRY, key, payload }, NEVER)
    const subject = { ...ENTRY, payload, externalId: null, calls: 1, answeredCalls: 0, seenPresentBefore: false }
    expect(await lookAtProvider(deps(), contract, subject, NEVER)).toMatchObject({
      verdict: 'inconclusive',
      cause: 'page_repeated',
    })
  })
})

describe('the opaque example', () => {
  it('says that nothing can be read back, and why', async () => {
    const contract = await world('opaque-mail.yaml', { kind: 'opaque' })
    expect(contract.verify).toMatchObject({ kind: 'none', reason: 'the provider keeps no record that can be asked' })
    expect(contract.providerClass).toBe('opaque')
  })
})
