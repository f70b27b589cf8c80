import { type Answer, type Contract, type Entry, readAnswer } from '@readback/contract'
import {
  type CallOutcome,
  decideAfterCall,
  decideAfterLook,
  type LookFacts,
  type Step,
  type Verdict,
} from '@readback/lifecycle'
import { probeKey } from '../probe/probe-keys.ts'
import { entryFor } from '../trial.ts'

/** Something that may happen, and what follows. */
export type Case = { when: string; next: string }

/** What follows is asked of the same tables that decide it, so that a page cannot promise what is not done. */
export function casesOf(contract: Contract): Case[] {
  return [...callCases(contract), ...(contract.verify.kind === 'none' ? [] : lookCases(contract))]
}

const STATUSES: readonly (readonly [status: number, when: string])[] = [
  [201, 'the provider accepts it (2xx)'],
  [400, 'the provider refuses it (400)'],
  [401, 'the provider refuses the credential (401)'],
  [409, 'the provider sees a conflict (409)'],
  [422, 'the provider refuses the content (422)'],
  [429, 'the provider wants fewer calls (429)'],
  [500, 'the provider fails (500)'],
  [503, 'the provider is not available (503)'],
]

function callCases(contract: Contract): Case[] {
  const entry = sampleEntry(contract)
  const answered = STATUSES.flatMap(([status, when]) => {
    if (entry === null) return []
    const read = readAnswer(contract, entry, answerOf(status))
    return [{ when, next: afterCall(contract, read) }]
  })
  const unanswered = { means: null, retryAfterMs: null }
  return [
    ...answered,
    {
      when: 'no connection comes about',
      next: afterCall(contract, { ...unanswered, class: 'retryable_failure', cause: 'ECONNREFUSED' }),
    },
    {
      when: 'the answer is lost, or the worker',
      next: afterCall(contract, { ...unanswered, class: 'side_effect_unknown', cause: 'ECONNRESET' }),
    },
  ]
}

const answerOf = (status: number): Answer => ({ status, headers: {}, body: '{}', truncated: false })

function sampleEntry(contract: Contract): Entry | null {
  const entry = entryFor(contract, 'acme', '', '{}')
  const key = probeKey(contract, entry, '0', 'page') ?? ''
  return key === '' ? null : { ...entry, key }
}

const FRESH = {
  attempts: 1,
  answeredCalls: 0,
  sinceCommitMs: 0,
  sinceFirstCallMs: 0,
  expiresInMs: Number.POSITIVE_INFINITY,
}

function afterCall(contract: Contract, outcome: CallOutcome): string {
  return stepText(decideAfterCall(contract.policy, FRESH, outcome, 0), contract)
}

const VERDICTS: readonly (readonly [verdict: Verdict, when: string])[] = [
  ['present', 'it is seen, and matches'],
  ['mismatch', 'it is seen, with other content'],
  ['duplicate', 'more than one is seen'],
  ['pending', 'it is seen unfinished, and the settle time is over'],
  ['failed', 'it is seen refused or void'],
  ['absent', 'it was accepted and is never seen'],
  ['inconclusive', 'nobody can look'],
]

function lookCases(contract: Contract): Case[] {
  const cases = VERDICTS.map(([verdict, when]) => ({ when, next: afterLook(contract, verdict, {}) }))
  const doubt = { lastOutcome: 'side_effect_unknown', answeredCalls: 0 } as const
  return [...cases, { when: 'it was in doubt and is never seen', next: afterLook(contract, 'absent', doubt) }]
}

/** When every time that the contract gives is over, and it was absent twice. */
function afterLook(contract: Contract, verdict: Verdict, facts: Partial<LookFacts>): string {
  const policy = contract.policy
  const known: LookFacts = {
    ...FRESH,
    answeredCalls: 1,
    quietMs: (policy.settle?.forMs ?? 0) + policy.executionDelayMs,
    absences: 2,
    misses: 1,
    lastOutcome: 'success',
    lastMeans: null,
    seenPresentBefore: false,
    ...facts,
  }
  const step = decideAfterLook(policy, known, verdict)
  return step.to === 'verifying' || step.to === 'unknown' ? 'it is looked at again, later' : stepText(step, contract)
}

function stepText(step: Step, { providerClass }: Contract): string {
  switch (step.to) {
    case 'done':
      return 'it is done'
    case 'acknowledged':
      return 'it ends acknowledged: nobody has seen it'
    case 'verifying':
      return 'it is read back'
    case 'unknown':
      return 'it is looked for, before anybody calls again'
    case 'dead':
      return `a person decides (${step.cause})`
    case 'scheduled':
      return step.reason === 'backoff'
        ? 'it is called again after a pause'
        : `it is called again${providerClass === 'keyed' ? ', with the same key' : ''}`
  }
}
