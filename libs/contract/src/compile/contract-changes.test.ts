import { describe, expect, it } from 'vitest'
import { edited, loaded, SAMPLE } from '../testing/sample-contract.ts'
import { contractChanges } from './contract-changes.ts'

const changes = (from: string, to: string, text = SAMPLE) =>
  contractChanges(loaded(text), loaded(edited(from, to, text)))

describe('what changed in a contract', () => {
  it.each([
    ['the version', 'version: 3', 'version: 4'],
    ['a comment', 'risk: high', '# a comment\nrisk: high'],
    ['a duration in another unit', 'lifetime: 24h', 'lifetime: 1d'],
    ['a rate in other words', '20/min', '20/minute'],
    ['a default that is written out', 'on_unknown', 'ordering: none\non_unknown'],
    [
      'another way to quote',
      '{ per_tenant: 20/min }\non_unknown: reconcile',
      '{ per_tenant: 20/min }\n"on_unknown": reconcile',
    ],
  ])('is nothing for %s', (_, from, to) => {
    expect(changes(from, to)).toEqual([])
  })

  it('is said of callbacks that need no signature any more', () => {
    const signed = 'signature: { standard_webhooks: "${secret:HOOK}" }'
    const text = edited('  settle:', `  callback: { find: { key: /k }, ${signed} }\n  settle:`)
    expect(changes(signed, 'signature: none', text)).toContainEqual(
      expect.objectContaining({
        field: 'verify.callback.signature',
        risk: 'anybody who reaches the address can make us look earlier',
      }),
    )
  })

  it.each([
    [
      'repeat: same_answer',
      'repeat: acts_again',
      'provider.repeat',
      'a call in doubt is repeated only after two looks',
    ],
    ['repeat: same_answer', 'repeat: refused', 'provider.repeat', 'answers must read it'],
    ['as: raw', 'as: uuid5', 'provider.key.as', 'the provider sees another key for the same intent'],
    ['at: Idempotency-Key', 'at: X-Key', 'provider.key.at', 'the provider sees another key for the same intent'],
    ['lifetime: 24h', 'lifetime: 48h', 'provider.key.lifetime', 'the key is trusted for longer'],
    ['lifetime: 24h', 'lifetime: until_deleted', 'provider.key.lifetime', 'the key is trusted for longer'],
    ['from: [/customer]', 'from: [/amount]', 'key.from[0]', 'the same intent gets another key'],
    ['retention: 30d', 'retention: 10d', 'key.retention', 'recognised for a shorter time'],
    ['max_execution_delay: 30s', 'max_execution_delay: 1s', 'provider.max_execution_delay', 'believed sooner'],
    ['/amount: {', '/customer: x, /amount: {', 'verify.present.match[/customer]', null],
    [
      '{ status: 404, match: { /code: not_found } }',
      '{ status: 410, match: { /code: gone } }',
      'verify.absent[1].status',
      'counts as absent',
    ],
    ['for: 60s', 'for: 30s', 'verify.settle.for', 'an absence is believed sooner'],
    ['for: 60s', 'for: 90s', 'verify.settle.for', null],
    ['?key=${key}', '?id=${key}', 'verify.by_key.read.url', 'looked for in another way'],
    ['/metadata/key:', '/meta/key:', 'verify.by_key.where[/metadata/key]', 'something else counts as ours'],
    ['means: exists', 'means: accepted', 'answers[1].means', 'believed without a look'],
    ['risk: high', 'risk: low', 'risk', 'no longer apply'],
    ['limits: { per_tenant: 20/min }\n', '', 'limits.per_tenant', 'no longer limited'],
    ['timeout: 10s', 'timeout: 9s', 'call.timeout', null],
    ['required: [customer, amount]', 'required: [customer]', 'payload', 'may be refused'],
    ['method: POST', 'method: PUT', 'call.method', 'other calls are made'],
  ])('from %s to %s is in %s, and its risk is: %s', (from, to, field, risk) => {
    const text = from === 'as: raw' ? edited('lifetime: 24h', 'as: raw, lifetime: 24h') : SAMPLE
    const found = changes(from, to, text).find((change) => change.field === field)
    expect(found).toBeDefined()
    expect(String(found?.risk)).toContain(String(risk))
  })

  it('is each field, with what stood there and what stands there now', () => {
    const canary = / {2}canary: .*\n/.exec(SAMPLE)?.[0] ?? ''
    expect(changes(canary, '')).toEqual([
      {
        field: 'verify.canary.url',
        before: 'https://billing.example/v1/account',
        after: null,
        risk: 'an absence is believed without proof of the right place',
      },
      {
        field: 'verify.canary.status',
        before: 200,
        after: null,
        risk: 'an absence is believed without proof of the right place',
      },
    ])
  })

  it('is a step towards nobody looking', () => {
    const verify = SAMPLE.slice(SAMPLE.indexOf('verify:'), SAMPLE.indexOf('retry:'))
    const risks = changes(verify, 'verify: { none: it keeps nothing }\n').map(({ field, risk }) => [field, risk])
    expect(risks).toContainEqual(['verify.none', 'nothing is read back any more: entries end acknowledged, never done'])
  })
})
