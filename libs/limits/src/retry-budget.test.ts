import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokensFor } from './retry-budget.ts'

describe('the budget for calling again', () => {
  it.each([
    ['a first call that succeeded', false, 'succeeded', 0.1],
    ['a first call that failed', false, 'failed', 0.1],
    ['a first call that was given back', false, 'not_called', 0],
    ['a repeated call that succeeded', true, 'succeeded', 2],
    ['a repeated call that failed', true, 'failed', 0],
    ['a repeated call that was given back', true, 'not_called', 1],
  ] as const)('gets from %s what it is due', (_, isRepeated, end, tokens) => {
    expect(tokensFor({ isRepeated, end })).toBe(tokens)
  })

  it('lets a storm come to a tenth more than the first calls, whatever is given back in between', () => {
    const ends = fc.array(fc.constantFrom('failed' as const, 'not_called' as const), { maxLength: 300 })
    fc.assert(
      fc.property(fc.nat(1_000), ends, (first, repeated) => {
        let tokens = first * tokensFor({ isRepeated: false, end: 'failed' })
        let called = 0
        for (const end of repeated) {
          if (tokens < 1) continue
          tokens += tokensFor({ isRepeated: true, end }) - 1
          called += end === 'failed' ? 1 : 0
        }
        return called <= first * 0.1
      }),
    )
  })

  it('does not hold up a destination where every second repeated call succeeds', () => {
    const pair = tokensFor({ isRepeated: true, end: 'failed' }) + tokensFor({ isRepeated: true, end: 'succeeded' })
    expect(pair).toBeGreaterThanOrEqual(2)
  })
})
