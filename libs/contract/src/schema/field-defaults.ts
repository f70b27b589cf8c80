import { DEFAULTS } from './defaults.ts'

/** What counts where a field is left out, by field; for editors and the reference. What is not here has no default. */
export const FIELD_DEFAULTS: Readonly<Record<string, string | number | boolean>> = {
  risk: 'medium',
  'key.retention': DEFAULTS.keyRetention,
  'provider.key.as': 'raw',
  'provider.key.lifetime': 'unknown',
  'provider.other_payload': 'unknown',
  'provider.max_execution_delay': DEFAULTS.maxExecutionDelay,
  'verify.by_key.read.method': 'GET',
  'verify.by_id.read.method': 'GET',
  'verify.by_key.next.max_pages': DEFAULTS.maxPages,
  'verify.by_id.next.max_pages': DEFAULTS.maxPages,
  'verify.settle.first': DEFAULTS.settleFirst,
  'verify.settle.every': DEFAULTS.settleEvery,
  'verify.settle.for': DEFAULTS.settleFor,
  'retry.max_attempts': DEFAULTS.maxAttempts,
  'retry.backoff.first': DEFAULTS.backoffFirst,
  'retry.backoff.cap': DEFAULTS.backoffCap,
  'retry.deadline': DEFAULTS.retryDeadline,
  ordering: 'none',
  point_of_no_return: 'call',
}
