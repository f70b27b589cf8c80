/**
 * `npm run mutants`: spoils the product in a copy, one way at a time, and sees whether the test that should notice does. Exit code 1: a
 * mutant survived, was not to be found, or its test is red without it.
 *
 *     npm run mutants -- 'done on 200' 'canary not asked'
 */
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutant.ts'
import { MUTANTS } from './mutants.ts'
import { type Ending, runTests } from './run-test.ts'
import { copyWorkspace, replaceIn } from './scratch.ts'

// Of a title in the table, which is for the eye.
const BY_LENGTH = 110

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !MUTANTS.some((mutant) => mutant.name === name))
  if (unknown.length > 0) {
    console.error(
      `No mutant is called ${unknown.join(', ')}. There are:\n${MUTANTS.map(({ name }) => name).join('\n')}`,
    )
    return 2
  }
  const scratch = copyWorkspace(ROOT)
  try {
    const chosen = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name))
    const healthy = runHealthy(scratch, chosen)
    const rows = chosen.map((mutant) => judge(scratch, mutant, healthy.get(mutant.name)))
    const bad = rows.filter(({ caught }) => caught !== 'yes')
    console.table(rows.map(({ mutant, caught, by }) => ({ mutant, caught, by })))
    console.log(`${rows.length - bad.length} of ${rows.length} mutants were caught.`)
    for (const { mutant, caught, why } of bad) console.log(`${mutant}: ${caught}. ${why}`)
    return bad.length === 0 ? 0 : 1
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

type Row = { mutant: string; caught: string; by: string; why: string }

/** Without any sabotage: a test that is red anyway would catch everything. */
function runHealthy(scratch: string, mutants: readonly Mutant[]): Map<string, Ending | undefined> {
  const files = [...new Set(mutants.map(({ test }) => test.file))]
  const endings = files.map((file) => {
    console.log(`without sabotage: ${file}`)
    const tests = mutants.map(({ test }) => test).filter((test) => test.file === file)
    return [file, runTests(scratch, tests)] as const
  })
  const byFile = new Map(endings)
  return new Map(mutants.map(({ name, test }) => [name, byFile.get(test.file)?.get(test.name)]))
}

function judge(scratch: string, mutant: Mutant, healthy: Ending | undefined): Row {
  const { caught, why } = verdictOn(scratch, mutant, healthy)
  console.log(`${caught === 'yes' ? 'caught' : caught}: ${mutant.name} (${why})`)
  return { mutant: mutant.name, caught, by: `${mutant.test.file}: ${mutant.test.name}`.slice(0, BY_LENGTH), why }
}

function verdictOn(scratch: string, mutant: Mutant, healthy: Ending | undefined): Pick<Row, 'caught' | 'why'> {
  if (healthy?.is !== 'passed') return { caught: 'red without it', why: healthy?.why ?? 'its test was not run' }
  const restore = replaceIn(scratch, mutant)
  if (restore === null) return { caught: 'not found', why: `the text does not stand exactly once in ${mutant.file}` }
  try {
    return verdictFrom(runTests(scratch, [mutant.test]).get(mutant.test.name))
  } finally {
    restore()
  }
}

function verdictFrom(ending: Ending | undefined): Pick<Row, 'caught' | 'why'> {
  switch (ending?.is) {
    case 'passed':
      return { caught: 'SURVIVED', why: 'its test is green with it' }
    case 'failed':
      return { caught: 'yes', why: ending.why }
    default:
      return { caught: 'does not run', why: ending?.why ?? 'its test was not run' }
  }
}
