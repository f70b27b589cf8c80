import { describe, expect, it } from 'vitest'
import { contractFromDocument } from '../check/parse-contract.ts'
import { contractOf, MODULE, saidOf } from '../testing/sample-module.ts'
import { sentencesOf } from '../testing/sentences-of.ts'
import { contractFromModule, withCode } from './read-module.ts'

const { by_key: byKey, present } = MODULE.verify
const call = () => ({ sent: false })
const look = () => ({ items: [], complete: true })
const REQUEST = { method: 'POST', url: 'https://b.example/v1/i', body: { json: { ref: '${key}' } }, timeout: '10s' }
const READ = { read: { url: 'https://b.example/v1/i?ref=${key}' }, items: '', where: { '/ref': '${key}' } }

describe('a module', () => {
  it.each([
    ['with call and look', {}],
    ['with a call alone, whose look is a request', { custom: { call }, verify: { by_key: READ } }],
    ['with a look alone', { custom: { look }, call: REQUEST }],
    ['with a meaning of answers alone', { custom: { classify: () => null }, call: REQUEST, verify: { by_key: READ } }],
    ['without code', { custom: undefined, call: REQUEST, verify: { by_key: READ } }],
    ['whose payload may hold anything', { payload: undefined }],
    [
      'that cannot be read back, and says why',
      { custom: { call }, verify: { none: 'no way', ends: 'acknowledged' }, on_unknown: 'human' },
    ],
    [
      'with a look by id that is a request',
      {
        verify: {
          by_key: byKey,
          present,
          by_id: { read: { url: 'https://b.example/${external_id}' }, absent: [{ items: 0 }] },
        },
      },
    ],
    ['with a time for the look', { verify: { by_key: { ...byKey, timeout: '20s' }, present } }],
    [
      'that prepares by request',
      { prepare: { request: { url: 'https://b.example/l', timeout: '1s' }, keep: { link: '/l' } } },
    ],
  ])('%s loads without a word', (_, more) => {
    expect(saidOf(more)).toEqual([])
  })

  it.each<[string, Record<string, unknown>, string]>([
    [
      'no answer on reading back',
      { verify: undefined },
      'verify_missing m.mjs verify: expected an answer to "how is this effect read back?", got nothing',
    ],
    [
      'no answer on unknown outcomes',
      { on_unknown: undefined },
      'on_unknown_missing m.mjs on_unknown: expected an answer to "what happens when nobody knows whether it happened?", got nothing',
    ],
    [
      'no answer on undoing',
      { rollback: undefined },
      'rollback_missing m.mjs rollback: expected an answer to "how is it undone?", got nothing',
    ],
    [
      'a look by code without a place for it',
      { verify: { present } },
      'verify_missing m.mjs verify: expected by_key, or none with the reason, got neither',
    ],
    [
      'a look by code that filters nothing',
      { verify: { by_key: {}, present } },
      'items_without_where m.mjs verify.by_key.items: expected where beside items',
    ],
    [
      'a look by code that filters what all share',
      { verify: { by_key: { where: { '/state': 'open' } }, present } },
      'where_names_nothing m.mjs verify.by_key.where: expected something of this entry',
    ],
    [
      'a look by code beside a request',
      { verify: { by_key: { ...byKey, read: { url: 'https://b.example' } } } },
      'unknown_field m.mjs verify.by_key.read: expected only known fields',
    ],
    [
      'a look by code although there is none',
      { verify: { none: 'no way', ends: 'acknowledged' } },
      'unknown_field m.mjs verify.none',
    ],
    [
      'a high risk that compares nothing',
      { risk: 'high', verify: { by_key: byKey } },
      'compares_nothing m.mjs verify.present: expected a comparison with the payload',
    ],
    [
      'a header of what has none',
      { verify: { by_key: byKey, present: { header: { etag: 'x' } } } },
      'invalid_value m.mjs verify.present.header: expected match, since by_key reads a list',
    ],
    [
      'a call by code without a time',
      { call: {} },
      'missing_field m.mjs call.timeout: expected a duration with a unit, got nothing',
    ],
    ['a call by code longer than the lease', { call: { timeout: '40s' } }, 'lease_too_short m.mjs call.timeout'],
    [
      'a look by code longer than the lease',
      { verify: { by_key: { ...byKey, timeout: '40s' }, present } },
      'lease_too_short m.mjs verify.by_key.timeout',
    ],
    ['a call by code beside a request', { call: REQUEST }, 'unknown_field m.mjs call.method'],
    ['a call that nobody makes', { custom: { look } }, 'm.mjs call'],
    [
      'a credential that goes nowhere',
      { auth: { bearer: '${secret:T}' } },
      'invalid_value m.mjs auth: expected no auth, since code makes the call',
    ],
    [
      'a promise to honour keys without a place',
      { provider: { repeat: 'same_answer' } },
      'missing_field m.mjs provider.key: expected the place of the key',
    ],
    ['a hash of its own', { code: { sha256: 'x' } }, 'unknown_field m.mjs code'],
    [
      'another kind of code',
      { custom: { ...MODULE.custom, retry: call } },
      'unknown_field m.mjs custom.retry: expected call, look or classify',
    ],
    [
      'code that is none',
      { custom: { call: 'POST' } },
      'invalid_value m.mjs custom.call: expected a function, got a string',
    ],
    ['a custom that is none', { custom: [call] }, 'invalid_value m.mjs custom: expected a map of functions'],
    [
      'a function at another place',
      { description: call },
      'invalid_value m.mjs description: expected plain data, as in YAML, got a function',
    ],
    ['a date', { payload: { const: new Date(0) } }, 'invalid_value m.mjs payload.const: expected plain data'],
    [
      'a number that JSON does not have',
      { version: Number.NaN },
      'invalid_value m.mjs version: expected plain data, as in YAML, got a number',
    ],
  ])('is refused for %s', (_, more, sentence) => {
    expect(saidOf(more).join('\n')).toContain(sentence)
  })

  it.each([
    ['nothing', undefined],
    ['a function', call],
    ['a list', []],
    ['a text', 'effect: x'],
  ])('is refused when it exports %s', (_, exported) => {
    const parsed = contractFromModule({ file: 'm.mjs', text: '', exported })
    expect(parsed).toMatchObject({ ok: false, problems: [{ code: 'not_a_contract', file: 'm.mjs' }] })
  })

  it('is refused when it holds itself', () => {
    const payload: Record<string, unknown> = {}
    payload['allOf'] = payload
    expect(saidOf({ payload }).join()).toContain('got a value that holds itself')
  })

  it.each([
    ["import { sign } from './sign.mjs'", true],
    ["import './sign.mjs'", true],
    ["import {\n  sign,\n} from '../sign.mjs'", true],
    ["export { x } from './x.mjs'", true],
    ["const x = await import('./x.mjs')", true],
    ["const x = require('../x.cjs')", true],
    ["import { createHmac } from 'node:crypto'", false],
    ["import type { Order } from './order.ts'", false],
    ["const path = './orders'", false],
  ])('with %s: has code that its hash does not cover: %s', (text, refused) => {
    expect(saidOf({}, text).some((each) => each.includes('got an import of another one'))).toBe(refused)
  })
})

describe('what is kept of a module', () => {
  it('says which text the code has and what it does, so that changed code is another contract', () => {
    const [one, same, other] = ['a', 'a', 'b'].map((text) => contractOf({}, text))
    expect(one?.document['code']).toEqual({ sha256: one?.code?.sha256, call: true, look: true })
    expect(one?.hash).toBe(same?.hash)
    expect(one?.hash).not.toBe(other?.hash)
  })

  it('loads again without its code, and has it when it is put back', () => {
    const parsed = contractFromDocument(JSON.parse(JSON.stringify(contractOf().document)))
    if (!parsed.ok) throw new Error('refused')
    expect(parsed.contract).toMatchObject({ hash: contractOf().hash, code: { custom: null }, call: { kind: 'code' } })
    expect(withCode(parsed.contract, MODULE.custom).code?.custom).toEqual(MODULE.custom)
  })

  it('is the same as of a file, where nothing is code', () => {
    const plain = { custom: undefined, call: REQUEST, verify: { by_key: READ } }
    expect(contractOf(plain, 'a')).toMatchObject({ code: null, hash: contractOf(plain, 'b').hash })
  })

  it('cannot be written by hand', () => {
    const document = JSON.stringify(contractOf().document)
    expect(sentencesOf(document).join('\n')).toContain('code: expected only known fields, got "code"')
  })
})
