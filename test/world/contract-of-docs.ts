/** A contract as the documentation has it, for a server of the test, with a test's patience. */
import { readFileSync } from 'node:fs'
import { TIMES } from './provider-class.ts'

const { callTimeoutMs, settleEveryMs, executionDelayMs } = TIMES

/** What most contracts of the documentation have. */
const TIMEOUT_OF_DOCS_S = 10

type Place = { url: string; mailUrl?: string | null }

/** Only hosts and durations change: what is tested is what people read. */
export function contractOfDocs(file: string, server: Place, settleForMs = TIMES.settleForMs): string {
  const { url, mailUrl } = server
  const smtp = mailUrl ? `smtp: { host: 127.0.0.1, port: ${new URL(mailUrl).port}, tls: none }` : 'smtp: {}'
  return readFileSync(new URL(`../../docs/contracts/${file}`, import.meta.url), 'utf8')
    .replace(/smtp: \{.*\}/, smtp)
    .replaceAll(/https:\/\/\w+\.example/g, url)
    .replaceAll(
      /timeout: (\d+)s/g,
      (_, seconds) => `timeout: ${(Number(seconds) / TIMEOUT_OF_DOCS_S) * callTimeoutMs}ms`,
    )
    .replace(/max_execution_delay: \d+s/, `max_execution_delay: ${executionDelayMs}ms`)
    .replace(/settle: \{.*\}/, `settle: { first: 0s, every: ${settleEveryMs}ms, for: ${settleForMs}ms }`)
    .replace(/backoff: \{.*?\}/, 'backoff: { first: 50ms, cap: 300ms }')
}
