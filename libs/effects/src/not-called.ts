import type { RenderFailureCode } from '@readback/contract'
import type { OutcomeClass } from '@readback/lifecycle'
import type { CallResult } from './call-result.ts'
import { fullEvidence, NOTHING_SEEN } from './evidence.ts'

/** What does not fit ends the entry; a secret that is missing may come. */
export function notRendered({ code, message }: { code: RenderFailureCode; message: string }): CallResult {
  return notCalled(code === 'secret_missing' ? 'retryable_failure' : 'validation_failure', code, message)
}

/** Not a byte has left. */
export function notCalled(outcome: OutcomeClass, cause: string, error: string): CallResult {
  const evidence = { ...fullEvidence(NOTHING_SEEN, AS_IT_IS), error }
  return { outcome, means: null, cause, externalId: null, retryAfterMs: null, answered: false, evidence }
}

const AS_IT_IS = (said: string): string => said
