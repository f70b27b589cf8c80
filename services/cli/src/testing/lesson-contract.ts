import { readFileSync } from 'node:fs'
import type { LossyProvider } from '@readback/testing'

/** What the contracts of the lessons call their secrets, and what the lossy provider wants. */
export const LESSON_SECRETS = {
  READBACK_SECRET_PAYOUTS_SECRET: 'payouts-secret',
  READBACK_SECRET_TIMESHEETS_PASSWORD: 'robots-password',
  READBACK_SECRET_VAULTS_KEY: 'signing-secret',
}

/**
 * A contract as the documentation has it, for a lossy provider and with a test's patience. What shows late there shows after 2 s: one that
 * is to be found right has to have much longer for it, one that never finds anything is waited for in vain.
 */
export function lessonContract(file: string, { url, mailUrl }: LossyProvider, settleFor: '2500ms' | '30s'): string {
  const mailPort = new URL(mailUrl ?? 'smtp://nowhere:25').port
  return readFileSync(new URL(`../../../../docs/contracts/${file}`, import.meta.url), 'utf8')
    .replace(/smtp: \{.*\}/, `smtp: { host: 127.0.0.1, port: ${mailPort}, tls: none }`)
    .replaceAll(/https:\/\/\w+\.example/g, url)
    .replace(/max_execution_delay: \d+s/, 'max_execution_delay: 500ms')
    .replace(/settle: \{.*\}/, `settle: { first: 0s, every: 100ms, for: ${settleFor} }`)
}
