import { describe, expect, it } from 'vitest'
import { formatProblem, parseContract } from '../index.ts'
import { edited } from '../testing/sample-contract.ts'
import { sentencesOf } from '../testing/sentences-of.ts'

const rollback = (text: string, contract?: string) => edited('{ strategy: none }', text, contract)
const UNDOES = '{ strategy: compensate, effect: invoice.void, payload: { invoice: "${external_id}" } }'
const withoutPlace = (sentence: string) => sentence.replace(/f\.yaml:\d+:\d+ /, '')

describe('a rollback that is refused', () => {
  it.each([
    [
      'that does not say by what',
      rollback('{ strategy: compensate }'),
      'missing_field rollback.effect: expected the effect that undoes this one, got nothing. Write: effect: invoice.void',
    ],
    [
      'that needs an id which nobody takes',
      rollback(UNDOES, edited('  external_id: /id\n', '')),
      'template_unknown_name rollback.payload.invoice: expected a name that exists here, got ${external_id}: call.external_id does not say where it stands. Write: call: { external_id: /id, ... }',
    ],
  ])('is one %s', (_, text, sentence) => {
    expect(sentencesOf(text).map(withoutPlace)).toEqual([sentence])
  })

  it('is one by an effect that has no contract, where all are known', () => {
    const parsed = parseContract(rollback(UNDOES), 'f.yaml', { effects: new Set(['invoice.issue']) })
    expect(parsed.ok ? [] : parsed.problems.map(formatProblem).map(withoutPlace)).toEqual([
      'rollback.effect: expected an effect that has a contract, got "invoice.void". Write: a contract file for invoice.void, or strategy: manual_only',
    ])
  })

  it('is none by an effect that has one, or by itself', () => {
    const effects = new Set(['invoice.issue', 'invoice.void'])
    expect(parseContract(rollback(UNDOES), 'f.yaml', { effects }).ok).toBe(true)
    const itself = rollback(UNDOES.replace('void', 'issue'))
    expect(parseContract(itself, 'f.yaml', { effects }).ok).toBe(true)
  })
})
