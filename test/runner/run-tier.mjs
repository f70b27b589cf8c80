import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countTests } from './count-tests.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const failuresReporter = join(root, 'test', 'runner', 'report-failures.mjs')

/**
 * Runs one tier in a vitest process of its own and reads back what it did.
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ part: string, from?: string, missing?: string }} RealPart what libs/testing found, or why it did not
 * @typedef {{ name: string, counts: Counts | undefined, parts: RealPart[], failures: Failure[],
 *   tookMs: number }} TierResult
 * @typedef {import('./list-failures.mjs').Failure} Failure
 * @typedef {{ exitCode: number, how: string }} End
 * @typedef {{ report: string, parts: string, failures: string }} Files
 * @param {import('./tiers.mjs').Tier} tier
 * @param {string} folder where the reports go
 * @returns {Promise<TierResult>} without counts when the tier has no test file
 */
export async function runTier(tier, folder) {
  const fileFor = (/** @type {string} */ what) => join(folder, `${tier.name}.${what}`)
  const files = { report: fileFor('json'), parts: fileFor('parts'), failures: fileFor('failures.json') }
  const startedAt = Date.now()
  const end = await runVitest(tier, files)
  const counts = countTests(readJson(files.report), end.exitCode)
  return {
    name: tier.name,
    counts,
    parts: readParts(files.parts),
    failures: counts?.failed ? failuresIn(readJson(files.failures) ?? [], end) : [],
    tookMs: Date.now() - startedAt,
  }
}

/** Where nothing is named, the tier itself failed: its set-up threw, or it was stopped. @param {Failure[]} named @param {End} end @returns {Failure[]} */
function failuresIn(named, { how }) {
  return named.length > 0
    ? named
    : [{ file: '', name: `the tier itself ${how}`, lines: ['what it printed last says why'] }]
}

/** @param {import('./tiers.mjs').Tier} tier @param {Files} files */
function runVitest(tier, files) {
  const selection = ['--project', tier.name, '--passWithNoTests', `--maxWorkers=${tier.workers}`]
  const reporters = ['default', 'json', failuresReporter].map((reporter) => `--reporter=${reporter}`)
  const output = [...reporters, `--outputFile.json=${files.report}`]
  const child = spawn(process.execPath, [vitest, 'run', ...selection, ...output], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, READBACK_TEST_PARTS: files.parts, READBACK_TEST_FAILURES: files.failures },
  })
  return endOf(child, tier)
}

/** @param {import('node:child_process').ChildProcess} child @param {import('./tiers.mjs').Tier} tier @returns {Promise<End>} */
function endOf(child, tier) {
  let isTooLate = false
  const stop = () => {
    child.kill()
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
  }
  const hung = setTimeout(() => {
    isTooLate = true
    stop()
  }, tier.deadlineMs)
  process.once('SIGTERM', stop)
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(hung)
      process.removeListener('SIGTERM', stop)
      const ended = signal ? `was ended by ${signal}` : `ended with exit code ${code}`
      const how = isTooLate ? `did not end within ${tier.deadlineMs / 60_000} minutes, and was stopped` : ended
      if (isTooLate || signal) console.log(`The ${tier.name} tier ${how}.`)
      resolve({ exitCode: code ?? 1, how })
    })
  })
}

/** @param {string} file @returns {any} undefined when nobody wrote it */
function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
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
