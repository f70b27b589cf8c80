import type { Verdict } from '@readback/lifecycle'
import type { Contract } from './contract.ts'
import type { Scope } from './evaluate.ts'
import { valueAt } from './json-pointer.ts'
import type { Look } from './look-rules.ts'
import { firstDifference, type MatchRule, matches } from './match.ts'
import { idText } from './read-answer.ts'

type Judgement = {
  readonly verdict: Verdict
  readonly cause: string
  readonly externalId: string | null
  readonly what: string
}

/** The verdict on the one thing that was found. Its state comes before its content: a voided invoice is not a mismatch. */
export function judge(contract: Contract, look: Look, item: unknown, scope: Scope): Judgement {
  const externalId = idIn(contract, item)
  const states: readonly (readonly [Verdict, readonly MatchRule[], string])[] = [
    ['removed', look.removed, 'a tombstone'],
    ['failed', look.failed, 'there, and refused or void'],
    ['pending', look.pending, 'there, not finished'],
  ]
  const state = states.find(([, rules]) => rules.length > 0 && matches(rules, item, scope))
  if (state !== undefined)
    return {
      verdict: state[0],
      cause: state[0] === 'failed' ? 'failed_at_provider' : state[0],
      externalId,
      what: state[2],
    }
  const difference = firstDifference(look.present.match, item, scope)
  if (difference !== null)
    return { verdict: 'mismatch', cause: 'mismatch', externalId, what: `found, but ${difference || 'it'} differs` }
  return { verdict: 'present', cause: 'present', externalId, what: 'found, and it matches' }
}

/** The same place as in the answer to the call; providers return the same representation. */
function idIn({ externalId: rule }: Contract, item: unknown): string | null {
  return rule === null || 'header' in rule ? null : idText(valueAt(item, rule.pointer))
}
