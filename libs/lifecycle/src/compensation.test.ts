import { describe, expect, it } from 'vitest'
import { type Compensation, type CompensationFacts, decideCompensation, planWorkflow } from './compensation.ts'
import { LIVE_STATES, SETTLED_STATES, type State } from './state.ts'

const PLAIN = { strategy: 'compensate', needsReceipt: false } as const
const BY_RECEIPT = { strategy: 'compensate', needsReceipt: true } as const
const DONE: CompensationFacts = { state: 'done', cause: null, called: true, rollback: BY_RECEIPT, undo: null }

const decided = (facts: Partial<CompensationFacts>) => {
  const { action, why } = decideCompensation({ ...DONE, ...facts })
  return why === null ? action : `${action}: ${why}`
}

describe('undoing an entry', () => {
  it.each<[string, Partial<CompensationFacts>, string]>([
    ['that is done', {}, 'undo'],
    [
      'that is done, where a person does it',
      { rollback: { strategy: 'manual_only' } },
      'by_hand: rollback_manual_only',
    ],
    ['that is done, where nobody can', { rollback: { strategy: 'none' } }, 'impossible: rollback_none'],
    ['that nobody has seen, by what was sent', { state: 'acknowledged', rollback: PLAIN }, 'undo'],
    ['that nobody has seen, by its receipt', { state: 'acknowledged' }, 'by_hand: receipt_missing'],
    [
      'that nobody has seen, where a person does it',
      { state: 'acknowledged', rollback: { strategy: 'manual_only' } },
      'by_hand: rollback_manual_only',
    ],
    ['that nobody has claimed', { state: 'pending', called: false }, 'cancel'],
    ['that waits for its time', { state: 'scheduled', called: false }, 'cancel'],
    ['that was provably not executed yet', { state: 'scheduled' }, 'cancel'],
    ['that waits for others', { state: 'held', called: false }, 'cancel'],
    ['that is being called', { state: 'calling' }, 'wait: under_way'],
    ['that is in doubt', { state: 'unknown' }, 'wait: under_way'],
    ['that is looked for', { state: 'verifying' }, 'wait: under_way'],
    ['that was cancelled', { state: 'cancelled', called: false }, 'nothing: never_happened'],
    ['that came too late', { state: 'expired', called: false }, 'nothing: never_happened'],
    ['that died before any call', { state: 'dead', called: false }, 'nothing: never_happened'],
    ['that died of a call', { state: 'dead', cause: 'unknown_outcome' }, 'by_hand: outcome_unclear'],
    ['that is there twice', { state: 'dead', cause: 'duplicate_at_provider' }, 'by_hand: duplicate_at_provider'],
    ['that was given up before any call', { state: 'discarded', called: false }, 'nothing: never_happened'],
    ['that was given up after a call', { state: 'discarded', cause: 'mismatch' }, 'by_hand: outcome_unclear'],
    ['whose compensation is under way', { undo: 'pending' }, 'nothing: already_compensated'],
    ['whose compensation is done', { undo: 'done' }, 'nothing: already_compensated'],
    ['whose compensation needs somebody', { undo: 'dead' }, 'nothing: already_compensated'],
    ['whose compensation was cancelled', { undo: 'cancelled' }, 'by_hand: compensation_ended'],
    ['whose compensation came too late', { undo: 'expired' }, 'by_hand: compensation_ended'],
    ['whose compensation was given up', { undo: 'discarded' }, 'by_hand: compensation_ended'],
  ])('%s', (_, facts, decision) => {
    expect(decided(facts)).toBe(decision)
  })

  it('never happens for what is not seen or acknowledged', () => {
    const others = ['pending' as const, ...LIVE_STATES, ...SETTLED_STATES].filter(
      (state: State) => state !== 'done' && state !== 'acknowledged',
    )
    const all = others.flatMap((state) =>
      [true, false].map((called) => decideCompensation({ ...DONE, state, called, rollback: PLAIN }).action),
    )
    expect(all).not.toContain('undo')
  })
})

const UNDO: Compensation = { action: 'undo', why: null }
const UNDONE: Compensation = { action: 'nothing', why: 'already_compensated' }
const NEVER: Compensation = { action: 'nothing', why: 'never_happened' }
const HAND: Compensation = { action: 'by_hand', why: 'rollback_manual_only' }
const CANCEL: Compensation = { action: 'cancel', why: null }

const planned = (...decisions: readonly Compensation[]) =>
  planWorkflow(decisions.map((decision, index) => ({ id: `${index + 1}`, decision, isCompensation: false }))).map(
    ({ id, waitsFor }) => (waitsFor === null ? id : `${id} after ${waitsFor}`),
  )

describe('undoing a workflow', () => {
  it.each<[string, Compensation[], string[]]>([
    ['nothing', [], []],
    ['one entry', [UNDO], ['1']],
    ['from its end to its beginning', [UNDO, UNDO, UNDO], ['3', '2 after 3', '1 after 2']],
    ['past what a person does', [UNDO, HAND, UNDO], ['3', '2', '1 after 3']],
    ['past what never happened', [UNDO, NEVER, CANCEL], ['3', '2', '1']],
    ['behind what an earlier run has begun', [UNDO, UNDONE, UNDO], ['3', '2', '1 after 2']],
  ])('%s', (_, decisions, turns) => {
    expect(planned(...decisions)).toEqual(turns)
  })

  it('leaves out what undoes the others', () => {
    const members = [
      { id: 'a', decision: UNDONE, isCompensation: false },
      { id: 'undo of a', decision: UNDO, isCompensation: true },
    ]
    expect(planWorkflow(members)).toEqual([{ id: 'a', decision: UNDONE, waitsFor: null }])
  })
})
