/** Runs named tests in the copy, and says what each came to. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'

/** `broken`: nothing was asserted, because the test could not run at all; `why` says what stood in the way. */
export type Ending = { is: 'passed' } | { is: 'failed'; why: string } | { is: 'broken'; why: string }

type Report = {
  testResults: { message: string; assertionResults: { title: string; status: string; failureMessages: string[] }[] }[]
}

const TIMEOUT_MS = 300_000
/** Of code that does not run, which is no proof that anybody would notice that it does wrong. */
const NOT_RUNNING =
  /SyntaxError|ReferenceError|is not a function|is not defined|syntax error at|Cannot find module|there is no parameter/

/** By their names: what each of these tests of one file came to. */
export function runTests(scratch: string, tests: readonly Mutant['test'][]): Map<string, Ending> {
  const [{ project, file } = { project: 'unit', file: '' }] = tests
  const reportFile = join(scratch, 'report.json')
  rmSync(reportFile, { force: true })
  const pattern = tests.map(({ name }) => patternOf(name)).join('|')
  const words = ['run', '--project', project, '-t', pattern]
  const output = ['--reporter=json', `--outputFile=${reportFile}`]
  const { stderr, error } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...words, ...output, file], {
    cwd: scratch,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    env: { ...process.env, READBACK_TEST_SOURCES: 'yes' },
  })
  const report = existsSync(reportFile) ? (JSON.parse(readFileSync(reportFile, 'utf8')) as Report) : null
  const why = error?.message ?? stderr.trim().split('\n').at(-1) ?? ''
  return new Map(tests.map(({ name }) => [name, report ? endingOf(report, name) : { is: 'broken', why }]))
}

function endingOf({ testResults }: Report, name: string): Ending {
  const pattern = new RegExp(`^${patternOf(name)}$`)
  const ours = testResults.flatMap((file) => file.assertionResults).filter(({ title }) => pattern.test(title))
  const failures = ours.filter(({ status }) => status === 'failed').flatMap(({ failureMessages }) => failureMessages)
  const [first] = failures
  if (first !== undefined) return { is: NOT_RUNNING.test(first) ? 'broken' : 'failed', why: firstLine(first) }
  if (ours.some(({ status }) => status === 'passed')) return { is: 'passed' }
  return { is: 'broken', why: firstLine(testResults[0]?.message ?? 'no test has this name') }
}

/** Of a title as it is written: what a table puts into it may be anything. */
const patternOf = (name: string): string =>
  name
    .split(/%[sijdo]|\$\w+/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''
