import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LedgerEntry, maxCallsInWindow } from './ledger.ts'

const called = (atMs: number, direction: LedgerEntry['direction'] = 'writes'): LedgerEntry => ({
  seq: 1,
  atMs,
  direction,
  method: 'POST',
  path: '/v1/invoices',
  collection: 'invoices',
  key: 'k',
  nth: 1,
  fingerprint: null,
  fault: 'none',
  applied: 1,
  replied: true,
  status: 201,
})

describe('the most calls in a window', () => {
  it('does not count both ends of a window', () => {
    expect(maxCallsInWindow([called(0), called(1_000)], 1_000)).toBe(1)
    expect(maxCallsInWindow([called(0), called(999)], 1_000)).toBe(2)
  })

  it('counts writes, unless told otherwise', () => {
    const ledger = [called(0), called(1, 'looks')]
    expect(maxCallsInWindow(ledger, 1_000)).toBe(1)
    expect(maxCallsInWindow(ledger, 1_000, () => true)).toBe(2)
  })

  it('is what counting from each call on gives', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.integer({ min: 1, max: 50 }), (times, windowMs) => {
        const inWindow = (start: number) => times.filter((time) => time >= start && time < start + windowMs).length
        expect(
          maxCallsInWindow(
            times.map((atMs) => called(atMs)),
            windowMs,
          ),
        ).toBe(Math.max(0, ...times.map(inWindow)))
      }),
    )
  })
})
