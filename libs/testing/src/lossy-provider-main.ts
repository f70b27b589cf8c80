/** The lossy provider as a program: options as JSON in its first argument, one JSON line `{"url", "mailUrl"}` on its output. */
import type { LossyProviderOptions } from './lossy-provider/options.ts'
import { startLossyProvider } from './lossy-provider/start-lossy-provider.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as LossyProviderOptions
const provider = await startLossyProvider(options)
const { url, mailUrl } = provider
console.log(JSON.stringify({ url, mailUrl }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void provider.stop())
