import { describe, expect, it } from 'vitest'
import { derivedKey } from './idempotency-key.ts'

describe('the key of a command that was given none', () => {
  const key = derivedKey('dead replay', { filter: 'all', reason: 'fixed' }, 'plan-1')

  it('is the same for the same command, whatever the order of its options', () => {
    expect(derivedKey('dead replay', { reason: 'fixed', filter: 'all', limit: undefined }, 'plan-1')).toBe(key)
    expect(key).toMatch(/^cli-[0-9a-f]{32}$/)
  })

  it('is another one for another command, argument or state', () => {
    expect(derivedKey('dead discard', { filter: 'all', reason: 'fixed' }, 'plan-1')).not.toBe(key)
    expect(derivedKey('dead replay', { filter: 'tenant=a', reason: 'fixed' }, 'plan-1')).not.toBe(key)
    expect(derivedKey('dead replay', { filter: 'all', reason: 'fixed' }, 'plan-2')).not.toBe(key)
  })
})
