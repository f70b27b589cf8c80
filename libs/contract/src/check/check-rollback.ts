import type { Check } from './check.ts'
import { at } from './document.ts'

export const checkRollback: Check = (document, { effects }) => {
  if (at(document, 'rollback', 'strategy') !== 'compensate') return []
  const effect = at(document, 'rollback', 'effect')
  const path = ['rollback', 'effect']
  if (effect === undefined) {
    const message = 'expected the effect that undoes this one, got nothing'
    return [{ code: 'missing_field', path, message, fix: 'effect: invoice.void' }]
  }
  if (typeof effect !== 'string' || effects === null || effects.has(effect)) return []
  const message = `expected an effect that has a contract, got ${JSON.stringify(effect)}`
  return [
    {
      code: 'compensate_unknown_effect',
      path,
      message,
      fix: `a contract file for ${effect}, or strategy: manual_only`,
    },
  ]
}
