import fc from 'fast-check'
import type { IHeaders, Message } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { EntryRef } from '../dispatch.ts'
import { fromRecord, isOfAnother, toRecord } from './record.ts'

const ref: EntryRef = {
  source: 'main',
  entryId: '019a9f6e-0000-7000-8000-000000000001',
  tenant: 'acme',
  effect: 'invoice.issue',
  key: 'cust-7/2026-11',
  orderingKey: 'cust-7',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

describe('a lone reference as a Kafka record', () => {
  it('is a CloudEvent without data that anybody can read', () => {
    expect(toRecord([ref])).toEqual({
      key: 'acme/cust-7',
      value: null,
      headers: {
        ce_specversion: '1.0',
        ce_id: '019a9f6e-0000-7000-8000-000000000001',
        ce_source: 'main',
        ce_type: 'invoice.issue',
        'idempotency-key': 'cust-7/2026-11',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    })
  })

  it('carries no trace header when there is no trace', () => {
    expect(toRecord([{ ...ref, traceparent: null }]).headers).not.toHaveProperty('traceparent')
  })

  it('carries a priority where there is one, and takes what is none for usual', () => {
    const urgent = { ...ref, priority: 7 }
    expect(toRecord([urgent]).headers).toMatchObject({ priority: '7' })
    expect(toRecord([ref]).headers).not.toHaveProperty('priority')
    expect(fromRecord(received(toRecord([urgent])))).toEqual({ ok: true, refs: [urgent] })
    for (const priority of [10, -1, 0.5]) {
      expect(fromRecord(received(toRecord([{ ...ref, priority }])))).toEqual({ ok: true, refs: [ref] })
    }
  })

  it('keeps tenants apart whose names contain the separator', () => {
    const one = toRecord([{ ...ref, tenant: 'a/b', orderingKey: 'c' }])
    const other = toRecord([{ ...ref, tenant: 'a', orderingKey: 'b/c' }])
    expect(one.key).not.toEqual(other.key)
  })

  it('comes back as it was, whatever the names are', () => {
    fc.assert(
      fc.property(anyRef(), (any) => {
        expect(fromRecord(received(toRecord([any])))).toEqual({ ok: true, refs: [any] })
      }),
    )
  })
})

describe('several references as one Kafka record', () => {
  const other: EntryRef = {
    ...ref,
    entryId: '019a9f6e-0000-7000-8000-000000000002',
    key: 'cust-8',
    orderingKey: 'cust-8',
    traceparent: null,
    priority: 3,
  }

  it('are a CloudEvent that anybody can read, with the idempotency keys in a header and each with its own trace', () => {
    const { value, ...rest } = toRecord([ref, other])
    expect(rest).toEqual({
      key: 'acme/cust-7',
      headers: {
        ce_specversion: '1.0',
        ce_id: '019a9f6e-0000-7000-8000-000000000001+1',
        ce_source: 'main',
        ce_type: 'readback.references',
        'content-type': 'application/vnd.readback.references.v2+json',
        'idempotency-keys': '["cust-7/2026-11","cust-8"]',
      },
    })
    expect(JSON.parse(String(value))).toEqual({
      ids: ['019a9f6e-0000-7000-8000-000000000001', '019a9f6e-0000-7000-8000-000000000002'],
      tenants: 'acme',
      effects: 'invoice.issue',
      orderingKeys: ['cust-7', null],
      traceparents: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', null],
      priorities: [0, 3],
    })
  })

  it('come back as they were and in their order, whatever the names are', () => {
    const sameSource = fc
      .tuple(name(), fc.array(anyRef({ priority: true }), { minLength: 2, maxLength: 20 }))
      .map(([source, refs]) => refs.map((one) => ({ ...one, source })))
    fc.assert(
      fc.property(sameSource, ([first, ...others]) => {
        if (!first) return
        expect(fromRecord(received(toRecord([first, ...others])))).toEqual({ ok: true, refs: [first, ...others] })
      }),
    )
  })

  it('are passed over by their source alone', () => {
    const record = received(toRecord([ref, other]))
    expect(isOfAnother(Buffer.from('main'), record)).toBe(false)
    expect(isOfAnother(Buffer.from('billing'), record)).toBe(true)
  })

  const good = received(toRecord([ref, other]))
  const withValue = (change: Record<string, unknown>) => ({
    ...good,
    value: Buffer.from(JSON.stringify({ ...JSON.parse(String(good.value)), ...change })),
  })
  const withHeader = (header: string, value: Buffer) => ({ ...good, headers: { ...good.headers, [header]: value } })

  it('of a version that is not known are refused, and it is said which', () => {
    const record = withHeader('content-type', Buffer.from('application/vnd.readback.references.v3+json'))
    expect(fromRecord(record)).toEqual({ ok: false, reason: expect.stringContaining('references.v3+json') })
  })

  it.each([
    ['no data', { ...good, value: null }],
    ['data that is no JSON', { ...good, value: Buffer.from('{') }],
    ['data that is a list', { ...good, value: Buffer.from('[]') }],
    ['an id that is none', withValue({ ids: ['4711', other.entryId] })],
    ['fewer ids than keys', withValue({ ids: [ref.entryId] })],
    ['one id for all', withValue({ ids: ref.entryId })],
    ['a column that is too short', withValue({ orderingKeys: ['cust-7'] })],
    ['no column', withValue({ effects: undefined })],
    ['an empty name', withValue({ tenants: '' })],
    ['a zero in a name', withValue({ tenants: ['acme', 'a\0'] })],
    ['a huge name', withValue({ effects: 'x'.repeat(100_000) })],
    ['a priority that is none', withValue({ priorities: [0, 11] })],
    ['no idempotency keys', withHeader('idempotency-keys', Buffer.from('[]'))],
    ['a number for a key', withHeader('idempotency-keys', Buffer.from('["a",7]'))],
    ['an empty source', withHeader('ce_source', Buffer.alloc(0))],
  ])('are refused as a whole when they are wrong: %s', (_, record) => {
    expect(fromRecord(record)).toEqual({ ok: false, reason: expect.any(String) })
  })
})

describe('a record that is no reference', () => {
  const good = received(toRecord([ref]))

  it.each([
    ['nothing at all', { key: null }],
    ['no headers', { key: good.key, headers: {} }],
    ['no idempotency key', { ...good, headers: { ...good.headers, 'idempotency-key': undefined } }],
    ['an empty id', { ...good, headers: { ...good.headers, ce_id: Buffer.alloc(0) } }],
    ['an id that is none', { ...good, headers: { ...good.headers, ce_id: Buffer.from('4711') } }],
    ['a zero in a name', { ...good, headers: { ...good.headers, ce_type: Buffer.from('mail\0') } }],
    ['a header twice', { ...good, headers: { ...good.headers, ce_id: [Buffer.from('a'), Buffer.from('b')] } }],
    ['a huge header', { ...good, headers: { ...good.headers, ce_id: Buffer.alloc(100_000, 'x') } }],
    ['no record key', { ...good, key: null }],
    ['a record key without a tenant', { ...good, key: Buffer.from('/cust-7') }],
    ['a tenant that cannot be decoded', { ...good, key: Buffer.from('%ZZ/cust-7') }],
    ['a record key of other bytes', { ...good, key: Buffer.from([0xff, 0xfe, 0x00]) }],
  ])('is named as such: %s', (_, record) => {
    expect(fromRecord(record)).toEqual({ ok: false, reason: expect.any(String) })
  })

  it('never throws, whatever the bytes are', () => {
    const bytes = fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array))
    const names = fc.constantFrom('ce_id', 'ce_source', 'ce_type', 'idempotency-key', 'traceparent', 'idempotency-keys')
    const type = fc.constant(Buffer.from('application/vnd.readback.references.v2+json'))
    const headers = fc
      .tuple(fc.dictionary(names, bytes), fc.option(type))
      .map(([some, contentType]) => ({ ...some, ...(contentType && { 'content-type': contentType }) }))
    const json = fc.json().map((text) => Buffer.from(text))
    const records = fc.record({ key: fc.option(bytes), value: fc.option(fc.oneof(bytes, json)), headers })
    fc.assert(
      fc.property(records, (record) => {
        expect(typeof fromRecord(record).ok).toBe('boolean')
      }),
    )
  })
})

function name() {
  return fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' })
}

function anyRef({ priority = false } = {}): fc.Arbitrary<EntryRef> {
  const names = {
    source: name(),
    entryId: fc.uuid(),
    tenant: name(),
    effect: name(),
    key: name(),
    orderingKey: fc.string({ maxLength: 100, unit: 'grapheme' }),
    traceparent: fc.option(name()),
  }
  if (!priority) return fc.record(names)
  return fc.record({ ...names, priority: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: keysOf(names) })
}

const keysOf = <Fields extends object>(fields: Fields) => Object.keys(fields) as (keyof Fields)[]

/** What kafkajs gives back: bytes. */
function received({ key, value, headers }: Message): { key: Buffer; value: Buffer | null; headers: IHeaders } {
  const bytes = Object.entries(headers ?? {}).map(([header, content]) => [header, Buffer.from(String(content))])
  return {
    key: Buffer.from(String(key)),
    value: value === null ? null : Buffer.from(String(value)),
    headers: Object.fromEntries(bytes),
  }
}
