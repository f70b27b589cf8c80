import { describe, expect, it } from 'vitest'
import { compensationKey } from './compensation-key.ts'

const effect = 'invoice.issue'

describe('the key of a compensation', () => {
  it('says what it undoes', () => {
    expect(compensationKey({ effect, key: 'cust-7/2026-11' })).toBe('undo/invoice.issue/cust-7/2026-11')
  })

  it('is the same for the same entry, and another for another', () => {
    const keys = ['a', 'b', 'x'.repeat(512), 'y'.repeat(512), 'ü'.repeat(256)].map((key) =>
      compensationKey({ effect, key }),
    )
    expect(new Set(keys).size).toBe(keys.length)
    expect(compensationKey({ effect, key: 'x'.repeat(512) })).toBe(keys[2])
  })

  it.each([
    ['as long as a key may be', 'x'.repeat(512 - 'undo/invoice.issue/'.length), /^undo\/invoice\.issue\/x+$/],
    ['one byte longer', 'x'.repeat(513 - 'undo/invoice.issue/'.length), /^undo-sha256\/invoice\.issue\/[0-9a-f]{64}$/],
    ['longer in bytes than in characters', 'ü'.repeat(250), /^undo-sha256\//],
  ])('is never too long for one: %s', (_, key, form) => {
    const derived = compensationKey({ effect, key })
    expect(derived).toMatch(form)
    expect(Buffer.byteLength(derived)).toBeLessThanOrEqual(512)
  })
})
