import { describe, expect, it } from 'vitest'
import { checkPlan, faultFor, withSeed } from './fault-plan.ts'
import { FAULT_PLANS } from './fault-plans.ts'

const names = (plan: Parameters<typeof faultFor>[0], key: string, count: number) =>
  Array.from({ length: count }, (_, index) => faultFor(plan, 'writes', key, index + 1).name)

describe('a fault plan', () => {
  it('gives the nth request for a key the nth fault of its list, then none', () => {
    const plan = { writes: { byKey: { k: ['reply-lost' as const, 'dropped' as const] } } }
    expect(names(plan, 'k', 3)).toEqual(['reply-lost', 'dropped', 'none'])
    expect(names(plan, 'other', 1)).toEqual(['none'])
    expect(faultFor(plan, 'looks', 'k', 1).name).toBe('none')
  })

  it('decides by the seed, the key and the request alone', () => {
    const plan = (seed: number) => withSeed({ writes: { weights: { 'reply-lost': 0.5 } } }, seed)
    expect(names(plan(1), 'k', 50)).toEqual(names(plan(1), 'k', 50))
    expect(names(plan(1), 'k', 50)).not.toEqual(names(plan(2), 'k', 50))
    expect(names(plan(1), 'k', 50)).not.toEqual(names(plan(1), 'l', 50))
  })

  it('keeps to the weights', () => {
    const drawn = names({ writes: { weights: { 'reply-lost': 0.25, dropped: 0.25 } } }, 'k', 4_000)
    for (const name of ['reply-lost', 'dropped']) {
      expect(drawn.filter((one) => one === name).length / drawn.length).toBeCloseTo(0.25, 1)
    }
  })

  it('adds the details of the script to the defaults', () => {
    const writes = {
      everyKey: ['slow' as const, { name: 'slow' as const, delayMs: 7 }],
      details: { slow: { delayMs: 9 } },
    }
    expect(faultFor({ writes }, 'writes', 'k', 1)).toEqual({ name: 'slow', delayMs: 9 })
    expect(faultFor({ writes }, 'writes', 'k', 2)).toEqual({ name: 'slow', delayMs: 7 })
    expect(faultFor({ writes: { everyKey: ['slow'] } }, 'writes', 'k', 1).delayMs).toBe(30_000)
  })

  it.each([
    [{ writes: { everyKey: ['lost-reply'] } }, 'There is no fault "lost-reply".'],
    [{ looks: { weights: { dropped: 0.1 } } }, 'The fault "dropped" is none of looks.'],
    [{ writes: { everyKey: ['not-shown'] } }, 'The fault "not-shown" is none of writes.'],
    [{ writes: { weights: { dropped: 0.6, slow: 0.6 } } }, 'add up to 1.2'],
    [{ reads: {} }, 'no "reads"'],
  ])('that makes no sense is refused: %j', (plan, reason) => {
    expect(() => checkPlan(plan as never)).toThrow(reason)
  })

  it.each(Object.entries(FAULT_PLANS))('named %s makes sense', (_name, { plan }) => {
    expect(checkPlan(plan)).toBe(plan)
  })
})
