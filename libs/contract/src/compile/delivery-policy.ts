import type { DeliveryPolicy } from '@readback/lifecycle'
import type { Contract } from '../contract.ts'

/** What of a contract the decision tables need. */
export function deliveryPolicy(contract: Omit<Contract, 'policy'>): DeliveryPolicy {
  return {
    retry: {
      attemptsMax: contract.retry.maxAttempts,
      backoffFirstMs: contract.retry.backoffFirstMs,
      backoffCapMs: contract.retry.backoffCapMs,
      deadlineMs: contract.retry.deadlineMs,
    },
    settle: contract.verify.kind === 'looks' ? contract.verify.settle : null,
    onUnknown: contract.onUnknown,
    executionDelayMs: contract.provider.maxExecutionDelayMs,
    keyLifetime: contract.providerClass === 'keyed' ? contract.provider.keyLifetimeMs : null,
  }
}
