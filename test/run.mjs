// `npm test`: every tier, or those named (`npm test -- unit int`), and at the end what ran, on what, and what did not.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTier } from './runner/run-tier.mjs'
import { describeResults, totalOf } from './runner/summary.mjs'
import { tiers } from './runner/tiers.mjs'

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !tiers.some((tier) => tier.name === name))
if (unknown.length > 0) {
  console.error(`No tier is called ${unknown.join(', ')}. There are: ${tiers.map((tier) => tier.name).join(', ')}.`)
  process.exit(2)
}

const reports = mkdtempSync(join(tmpdir(), 'readback-test-'))
const results = []
for (const tier of tiers.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n${tier.name}`)
  results.push(await runTier(tier, reports))
}
rmSync(reports, { recursive: true })

const { passed, failed } = totalOf(results)
console.log(describeResults(results))
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
