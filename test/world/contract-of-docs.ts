/** A contract as the documentation has it, for a server of the test, with a test's patience. */
import { readFileSync } from 'node:fs'
import { TIMES } from './provider-class.ts'

const { callTimeoutMs, settleEveryMs, executionDelayMs } = TIMES

/** Only hosts and durations change: what is tested is what people read. */
export function contractOfDocs(file: string, url: string, settleForMs = TIMES.settleForMs): string {
  return readFileSync(new URL(`../../docs/contracts/${file}`, import.meta.url), 'utf8')
    .replaceAll(/https:\/\/\w+\.example/g, url)
    .replace(/timeout: \d+s/, `timeout: ${callTimeoutMs}ms`)
    .replace(/max_execution_delay: \d+s/, `max_execution_delay: ${executionDelayMs}ms`)
    .replace(/settle: \{.*\}/, `settle: { first: 0s, every: ${settleEveryMs}ms, for: ${settleForMs}ms }`)
    .replace(/backoff: \{.*?\}/, 'backoff: { first: 50ms, cap: 300ms }')
}
