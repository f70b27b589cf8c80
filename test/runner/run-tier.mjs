import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countTests } from './count-tests.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')

/**
 * Runs one tier in a vitest process of its own and reads back what it did.
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ part: string, from?: string, missing?: string }} RealPart what libs/testing found, or why it did not
 * @typedef {{ name: string, counts: Counts | undefined, parts: RealPart[], tookMs: number }} TierResult
 * @param {import('./tiers.mjs').Tier} tier
 * @param {string} folder where the reports go
 * @returns {Promise<TierResult>} without counts when the tier has no test file
 */
export async function runTier(tier, folder) {
  const reportFile = join(folder, `${tier.name}.json`)
  const partsFile = join(folder, `${tier.name}.parts`)
  const startedAt = Date.now()
  const exitCode = await runVitest(tier, reportFile, partsFile)
  const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : undefined
  return {
    name: tier.name,
    counts: countTests(report, exitCode),
    parts: readParts(partsFile),
    tookMs: Date.now() - startedAt,
  }
}

/** @param {import('./tiers.mjs').Tier} tier @param {string} reportFile @param {string} partsFile */
function runVitest(tier, reportFile, partsFile) {
  const selection = ['--project', tier.name, '--passWithNoTests', `--maxWorkers=${tier.workers}`]
  const output = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const child = spawn(process.execPath, [vitest, 'run', ...selection, ...output], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, READBACK_TEST_PARTS: partsFile },
  })
  return endOf(child, tier)
}

/** @param {import('node:child_process').ChildProcess} child @param {import('./tiers.mjs').Tier} tier */
function endOf(child, tier) {
  const stop = () => {
    child.kill()
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
  }
  const hung = setTimeout(() => {
    console.log(`The ${tier.name} tier did not end within ${tier.deadlineMs / 60_000} minutes, and is stopped.`)
    stop()
  }, tier.deadlineMs)
  process.once('SIGTERM', stop)
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      if (signal) console.log(`The ${tier.name} tier was ended by ${signal}.`)
      clearTimeout(hung)
      process.removeListener('SIGTERM', stop)
      resolve(code ?? 1)
    })
  })
}

/**
 * What libs/testing says that it found: one JSON object a line, appended as each part is resolved.
 * @param {string} partsFile @returns {RealPart[]}
 */
function readParts(partsFile) {
  if (!existsSync(partsFile)) return []
  const lines = readFileSync(partsFile, 'utf8').split('\n').filter(Boolean)
  return [...new Set(lines)].map((line) => JSON.parse(line))
}
