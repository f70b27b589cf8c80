import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { contractFromDocument } from '@readback/contract'
import { createTestDatabase, type TestDatabase } from '@readback/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { COMMANDS } from './commands/index.ts'
import { readContractFiles } from './contract-files.ts'
import { fakeIo } from './framework/fake-io.ts'
import { runCli } from './framework/run-cli.ts'
import { createModuleShelf } from './module-shelf.ts'

const PROGRAM = fileURLToPath(new URL('../bin/readback.js', import.meta.url))
/** Also where it exits with an error. */
const run = promisify((file: string, args: string[], done: (_: null, out: { stdout: string }) => void) =>
  execFile(file, args, (_, stdout) => done(null, { stdout })),
)

let database: TestDatabase
let folder: string

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'readback-modules-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const moduleText = (effect: string, version = 1, code = 'sent: false') => `
export default {
  effect: '${effect}',
  version: ${version},
  call: { timeout: '5s' },
  provider: { repeat: 'acts_again' },
  verify: { none: 'no way to look', ends: 'acknowledged' },
  on_unknown: 'human',
  rollback: { strategy: 'none' },
  custom: { call: () => ({ ${code} }) },
}
`
const save = (name: string, text: string) => writeFileSync(join(folder, name), text)

async function readback(...args: string[]) {
  const { io, told } = fakeIo({
    env: { DATABASE_URL: database.url, READBACK_CONTRACTS: folder, READBACK_ACTOR: 'ada' },
  })
  const exitCode = await runCli([...args, '--json'], io, COMMANDS)
  return { exitCode, ...(JSON.parse(told.out) as object) }
}

describe('a folder with modules', () => {
  it('is read like one with files, and declarations and tests in it are none', async () => {
    save('a.mjs', moduleText('a.do'))
    save('b.d.ts', 'export declare const b: number\n')
    save('a.test.mjs', 'throw new Error("a test")\n')
    expect(await readback('contracts', 'check')).toMatchObject({
      exitCode: 0,
      contracts: [{ file: join(folder, 'a.mjs'), effect: 'a.do', version: 1 }],
      problems: [],
    })
  })

  it.each([
    ['cannot be parsed', 'export default {', 'an error: '],
    ['throws', 'throw new Error("no licence\\nat all")', 'an error: no licence'],
    ['throws nothing', 'throw undefined', 'an error'],
  ])('tells of a module that %s', async (_, text, got) => {
    save('a.mjs', text)
    const { problems } = await readContractFiles([folder])
    expect(problems).toMatchObject([{ code: 'module_failed', file: join(folder, 'a.mjs') }])
    expect(problems[0]?.message).toContain(`expected a module that loads, got ${got}`)
  })

  it('tells of fields as in a file', async () => {
    save('a.mjs', moduleText('a.do').replace("on_unknown: 'human',", ''))
    const { problems } = await readContractFiles([folder])
    expect(problems).toMatchObject([{ code: 'on_unknown_missing', field: 'on_unknown' }])
  })

  it('reads what is saved again under the same name', async () => {
    save('a.mjs', moduleText('a.do', 1))
    await readContractFiles([folder])
    save('a.mjs', moduleText('a.do', 2))
    const { contracts } = await readContractFiles([folder])
    expect(contracts.map(({ contract }) => contract.version)).toEqual([2])
  })

  it('reads TypeScript where Node does, and else says from which one on', async () => {
    save('a.mts', moduleText('a.do').replace('call: ()', 'call: (_: object)'))
    const { stdout } = await run(process.execPath, [PROGRAM, 'contracts', 'check', folder])
    const reads = Boolean((process.features as { typescript?: unknown }).typescript)
    expect(stdout).toContain(reads ? 'ok a.do version 1' : 'got TypeScript, which Node reads from 22.18 on, by v')
  })
})

describe('the code of a deployed version', () => {
  it('does not change: another text is refused, and goes out under another version beside the old one', async () => {
    const deploy = () => readback('contracts', 'deploy')
    save('one.mjs', moduleText('b.do', 1))
    expect(await deploy()).toMatchObject({ exitCode: 0, effect: 'created' })
    expect(await deploy()).toMatchObject({ exitCode: 0, effect: 'noop' })
    save('one.mjs', moduleText('b.do', 1, 'sent: true'))
    expect(await readback('contracts', 'deploy', '--dry-run')).toMatchObject({ exitCode: 1 })
    expect(await deploy()).toMatchObject({ exitCode: 1, reason: 'contract_changed' })
    save('one.mjs', moduleText('b.do', 1))
    save('two.mjs', moduleText('b.do', 2, 'sent: true'))
    expect(await deploy()).toMatchObject({ exitCode: 0, effect: 'created' })
  })

  it('is found by its text, whatever its file is called, and not where it is not', async () => {
    save('old.mjs', moduleText('c.do', 1))
    save('new.mjs', moduleText('c.do', 2, 'sent: true'))
    const { contracts } = await readContractFiles([folder])
    const kept = contracts.map(({ contract }) => {
      const parsed = contractFromDocument(JSON.parse(JSON.stringify(contract.document)))
      if (!parsed.ok) throw new Error('refused')
      return parsed.contract
    })
    rmSync(join(folder, 'new.mjs'))
    const shelved = await Promise.allSettled(kept.map(createModuleShelf(folder)))
    const found = shelved.map((each) =>
      each.status === 'fulfilled' ? [each.value.version, typeof each.value.code?.custom?.call] : String(each.reason),
    )
    expect(found.toSorted()).toEqual([
      [1, 'function'],
      'ContractUnreadableError: the module of c.do version 2 is not in the folder of this process',
    ])
    const [one] = kept
    await expect(one && createModuleShelf(join(folder, 'nowhere'))(one)).rejects.toThrow('is not in the folder')
  })
})
