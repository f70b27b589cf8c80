import type { Check } from './checks.ts'
import { at } from './document.ts'

export const checkRollback: Check = (document) => {
  const compensates = at(document, 'rollback', 'strategy') === 'compensate'
  if (!compensates || at(document, 'rollback', 'effect') !== undefined) return []
  const message = 'expected the effect that undoes this one, got nothing'
  return [{ code: 'missing_field', path: ['rollback', 'effect'], message, fix: 'effect: invoice.void' }]
}
