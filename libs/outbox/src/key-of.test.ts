import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KeyPart, keyOf } from './key-of.ts'

describe('a derived key', () => {
  it('is the same for the same intent, and readable', () => {
    expect(keyOf('cust-7', '2026-11')).toBe('cust-7/2026-11')
    expect(keyOf('order', 42, true, 9007199254740993n)).toBe('order/42/true/9007199254740993')
  })

  it('differs for different parts, wherever a separator is', () => {
    expect(keyOf('a/b', 'c')).not.toBe(keyOf('a', 'b/c'))
    expect(keyOf('a%2Fb')).not.toBe(keyOf('a/b'))
  })

  it('is never shared by two lists of parts', () => {
    const part = fc.stringMatching(/^[ab/%2F]{1,4}$/)
    const parts = fc.tuple(part, part, part).chain((all) => fc.integer({ min: 1, max: 3 }).map((n) => all.slice(0, n)))
    fc.assert(
      fc.property(parts, parts, ([a = '', ...as], [b = '', ...bs]) => {
        const same = JSON.stringify([a, ...as]) === JSON.stringify([b, ...bs])
        return (keyOf(a, ...as) === keyOf(b, ...bs)) === same
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['empty', ''],
    ['empty', '  '],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['too large', 2 ** 53],
    ['Date', new Date(0)],
    ['object', {}],
    ['text', '\ud800'],
    ['text', 'a\0'],
  ])('is not made from what names nothing: %s', (word, part) => {
    const making = () => keyOf('cust-7', part as KeyPart)
    expect(making).toThrow(expect.objectContaining({ code: 'key_refused', message: expect.stringContaining(word) }))
    expect(making).toThrow('part 2')
  })

  it('needs a part, and fits into the database', () => {
    expect(() => keyOf(...([] as unknown as [KeyPart]))).toThrow('at least one part')
    expect(() => keyOf('ä'.repeat(257))).toThrow('512 bytes')
  })
})
