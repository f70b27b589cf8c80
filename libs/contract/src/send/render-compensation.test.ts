import { describe, expect, it } from 'vitest'
import { ENTRY, edited, loaded, SAMPLE } from '../testing/sample-contract.ts'
import { type Receipted, renderCompensation } from './render-compensation.ts'

const RECEIPT: Receipted = { entry: ENTRY, externalId: 'inv-9', kept: '{"charge":"ch-1","fee":1.50,"gone":null}' }

const KEEPS = edited('verify:\n', 'verify:\n  keep: { charge: /charge, fee: /fee, gone: /gone }\n')
const undoing = (rollback: string) => loaded(edited('{ strategy: none }', rollback, KEEPS))
const withPayload = (payload: string) => undoing(`{ strategy: compensate, effect: invoice.void, payload: ${payload} }`)
const textOf = (payload: string, receipt = RECEIPT) => renderCompensation(withPayload(payload), receipt)

describe('the payload of a compensation', () => {
  it.each([
    ['the id that the provider gave', '{ invoice: "${external_id}" }', '{"invoice":"inv-9"}'],
    ['what a look kept, as it was written', '{ c: "${keep.charge}", f: "${keep.fee}" }', '{"c":"ch-1","f":1.50}'],
    ['the key and the tenant', '{ k: "${key}", t: "of ${tenant}" }', '{"k":"cust-7/2026-11","t":"of acme"}'],
    ['a part of what was sent', '{ amount: "${payload./amount}" }', '{"amount":12.50}'],
    ['all of it, byte for byte', '"${payload}"', ENTRY.payload],
    ['neither', '{ all: [1, true, null] }', '{"all":[1,true,null]}'],
  ])('holds %s', (_, payload, plan) => {
    expect(textOf(payload)).toEqual({ ok: true, plan })
  })

  it('is that of the entry where the contract says none', () => {
    const rendered = renderCompensation(undoing('{ strategy: compensate, effect: invoice.void }'), RECEIPT)
    expect(rendered).toEqual({ ok: true, plan: ENTRY.payload })
  })

  it('has the same bytes whatever order the contract came back in', () => {
    const [one, two] = ['{ b: "${key}", a: { d: 1, c: 2 } }', '{ a: { c: 2, d: 1 }, b: "${key}" }']
    expect(textOf(one)).toEqual(textOf(two))
  })

  it.each([
    ['there is no external id', '"${external_id}"', { ...RECEIPT, externalId: null }, 'external_id'],
    ['nothing was kept', '"${keep.charge}"', { ...RECEIPT, kept: null }, 'keep.charge'],
    ['the look could not keep it', '"${keep.gone}"', RECEIPT, 'keep.gone'],
    ['the payload lacks it', '"${payload./who}"', RECEIPT, 'payload./who'],
  ])('is none where %s', (_, payload, receipt, name) => {
    const message = `${name} has no value in this entry`
    expect(textOf(payload, receipt)).toEqual({ ok: false, code: 'value_missing', message })
  })

  it('is not asked of a contract that has none', () => {
    expect(() => renderCompensation(loaded(SAMPLE), RECEIPT)).toThrow('nothing undoes invoice.issue by itself')
  })
})

describe('whether a compensation needs a receipt', () => {
  it.each([
    ['"${external_id}"', true],
    ['{ a: ["${lower(keep.charge)}"] }', true],
    ['{ a: "no ${external_id} no" }', true],
    ['{ a: "${payload./customer}", b: "${key}" }', false],
    ['"${payload}"', false],
  ])('with the payload %s: %s', (payload, needsReceipt) => {
    expect(withPayload(payload).rollback).toMatchObject({ needsReceipt })
  })
})
