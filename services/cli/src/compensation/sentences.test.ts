import type { Compensation } from '@readback/lifecycle'
import { describe, expect, it } from 'vitest'
import { type Of, sentenceOf } from './sentences.ts'

const OF: Of = {
  state: 'done',
  external_id: 'inv-9',
  compensation: { entry_id: 'e-2', state: 'dead' },
  undo: { effect_name: 'invoice.void', waits_for: null },
  seen: true,
  detail: 'external_id has no value in this entry',
}
const UNDO: Compensation = { action: 'undo', why: null }
const byHand = (why: Extract<Compensation, { action: 'by_hand' }>['why']): Compensation => ({ action: 'by_hand', why })

describe('what is said of an entry that is to be undone', () => {
  it.each<[Compensation, Partial<Of>, string]>([
    [UNDO, {}, 'is undone by invoice.void'],
    [
      UNDO,
      { undo: { effect_name: 'invoice.void', waits_for: 'e-3' } },
      'is undone by invoice.void, once what came after it is undone',
    ],
    [
      UNDO,
      { state: 'acknowledged' },
      'is undone by invoice.void; it was never read back, and is undone by what was sent',
    ],
    [
      UNDO,
      { seen: false },
      'is undone by invoice.void; nobody can see that happen, so what waits for it is held until a person releases it',
    ],
    [{ action: 'cancel', why: null }, {}, 'was not called yet, and need not be: it can be cancelled'],
    [{ action: 'nothing', why: 'already_compensated' }, {}, 'has its compensation: entry e-2, which is dead'],
    [
      byHand('rollback_manual_only'),
      {},
      'is undone by a person, says its contract: undo it (inv-9 is known) at the provider',
    ],
    [
      byHand('rollback_manual_only'),
      { external_id: null },
      'is undone by a person, says its contract: undo it at the provider',
    ],
    [
      byHand('duplicate_at_provider'),
      {},
      'is there more than once: undo the surplus at the provider (inv-9 is known), and replay it; once it is done, it can be compensated',
    ],
    [
      byHand('compensation_unmakeable'),
      {},
      'has a compensation that cannot be made: external_id has no value in this entry; undo it at the provider',
    ],
  ])('%j, %j', (decision, of, sentence) => {
    expect(sentenceOf(decision, { ...OF, ...of })).toBe(sentence)
  })
})
