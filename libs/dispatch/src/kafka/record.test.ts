import fc from 'fast-check'
import type { IHeaders, Message } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { EntryRef } from '../dispatch.ts'
import { fromRecord, toRecord } from './record.ts'

const ref: EntryRef = {
  source: 'main',
  entryId: '019a9f6e-0000-7000-8000-000000000001',
  tenant: 'acme',
  effect: 'invoice.issue',
  key: 'cust-7/2026-11',
  orderingKey: 'cust-7',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

describe('a reference as a Kafka record', () => {
  it('is a CloudEvent without data that anybody can read', () => {
    expect(toRecord(ref)).toEqual({
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
    expect(toRecord({ ...ref, traceparent: null }).headers).not.toHaveProperty('traceparent')
  })

  it('carries a priority where there is one, and takes what is none for usual', () => {
    expect(toRecord({ ...ref, priority: 7 }).headers).toMatchObject({ priority: '7' })
    expect(toRecord(ref).headers).not.toHaveProperty('priority')
    expect(fromRecord(received(toRecord({ ...ref, priority: 7 })))).toEqual({ ok: true, ref: { ...ref, priority: 7 } })
    for (const priority of [10, -1, 0.5]) {
      expect(fromRecord(received(toRecord({ ...ref, priority })))).toEqual({ ok: true, ref })
    }
  })

  it('keeps tenants apart whose names contain the separator', () => {
    const one = toRecord({ ...ref, tenant: 'a/b', orderingKey: 'c' })
    const other = toRecord({ ...ref, tenant: 'a', orderingKey: 'b/c' })
    expect(one.key).not.toEqual(other.key)
  })

  it('comes back as it was, whatever the names are', () => {
    const name = fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' })
    const refs = fc.record({
      source: name,
      entryId: fc.uuid(),
      tenant: name,
      effect: name,
      key: name,
      orderingKey: fc.string({ maxLength: 100, unit: 'grapheme' }),
      traceparent: fc.option(name),
    })
    fc.assert(
      fc.property(refs, (any) => {
        expect(fromRecord(received(toRecord(any)))).toEqual({ ok: true, ref: any })
      }),
    )
  })
})

describe('a record that is no reference', () => {
  const good = received(toRecord(ref))

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
    const names = fc.constantFrom('ce_id', 'ce_source', 'ce_type', 'idempotency-key', 'traceparent')
    const records = fc.record({ key: fc.option(bytes), headers: fc.dictionary(names, bytes) })
    fc.assert(
      fc.property(records, (record) => {
        expect(typeof fromRecord(record).ok).toBe('boolean')
      }),
    )
  })
})

/** What kafkajs gives back: bytes. */
function received({ key, headers }: Message): { key: Buffer; headers: IHeaders } {
  const bytes = Object.entries(headers ?? {}).map(([name, value]) => [name, Buffer.from(String(value))])
  return { key: Buffer.from(String(key)), headers: Object.fromEntries(bytes) }
}
