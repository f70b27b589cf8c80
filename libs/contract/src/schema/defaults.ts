/** What a contract means when it does not say. */
export const DEFAULTS = {
  keyRetention: '30d',
  maxExecutionDelay: '30s',
  maxAttempts: 8,
  backoffFirst: '1s',
  backoffCap: '10m',
  retryDeadline: '24h',
  settleFirst: '0s',
  settleEvery: '2s',
  settleFor: '60s',
  maxPages: 5,
  untilMargin: '5m',
} as const
