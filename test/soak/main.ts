/**
 * `npm run soak`: the built product over a Kafka broker and a PostgreSQL of its own, at providers that lose replies and drop work, while its
 * processes are killed and frozen and its servers crash. Exit code 1: a promise was broken, or too little happened to say so.
 *
 *     npm run soak -- --intents 50000 --minutes 10 --seed 7 --takeover 15 --json
 */
import { parseOptions } from './options.ts'
import { type SoakResult, soak } from './soak.ts'

export async function main(words: readonly string[]): Promise<number> {
  const options = parseOptions(words, Math.floor(Date.now() / 1_000) % 1_000_000)
  const startedMs = performance.now()
  const say = (line: string) => {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1).padStart(6)
    process[options.json ? 'stderr' : 'stdout'].write(`${seconds} s  ${line}\n`)
  }
  say(`seed ${options.seed}: ${options.intents} intents over ${options.minutes} minutes`)
  const result = await soak(options, say)
  if (options.json) console.log(JSON.stringify({ ...options, ...result }))
  else print(result)
  return result.broken.length === 0 ? 0 : 1
}

function print({ figures, broken }: SoakResult): void {
  const { byClass, blows, faults, takeover } = figures
  console.table(byClass)
  const shares = Object.entries(faults).map(([name, { count, share }]) => [
    name,
    `${count} (${(share * 100).toFixed(1)} %)`,
  ])
  console.table({ ...blows, ...Object.fromEntries(shares) })
  const seconds = (ms: number) => (ms / 1_000).toFixed(1)
  const { entries, p50Ms, p99Ms, maxMs } = takeover
  console.log(
    `${entries} entries were in the hands of a process that was killed; somebody else had moved them on after ` +
      `${seconds(p50Ms)} s (p50), ${seconds(p99Ms)} s (p99), ${seconds(maxMs)} s (longest).`,
  )
  console.log(broken.length === 0 ? 'Every promise was kept.' : broken.join('\n'))
}
