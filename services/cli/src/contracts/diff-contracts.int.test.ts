import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contractTool } from '../testing/contract-tool.ts'
import { KEYED } from '../testing/provider-contracts.ts'

const tool = contractTool()
const OLD = KEYED('https://billing.example')
let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.drop()
  tool.remove()
})

function newer(edit: (text: string) => string): string {
  const file = join(tool.folder, 'newer.yaml')
  tool.write(OLD)
  writeFileSync(file, edit(OLD))
  return file
}

describe('contracts diff', () => {
  it('says what changed, what is risky, and that a version keeps its content', async () => {
    const file = newer((text) => text.replace('lifetime: 24h', 'lifetime: 48h').replace('timeout: 2s', 'timeout: 3s'))
    const { exitCode, out } = await tool.run(['diff', tool.file, file])
    expect(exitCode).toBe(3)
    expect(out.split('\n')).toEqual([
      'invoice.issue version 1 to 1: 2 changes, 1 risky',
      '  call.timeout: "2s" -> "3s"',
      '  provider.key.lifetime: "24h" -> "48h"',
      '    risk: the key is trusted for longer: a provider that forgets it sooner acts twice',
      'A version keeps its content. Write: version: 2',
      '',
    ])
  })

  it.each([
    ['nothing changed', (text: string) => text, { same: true, needs_new_version: false, risky: false }, 0],
    [
      'only the words did',
      (text: string) => text.replace('24h', '1d').replace('version: 1', 'version: 2'),
      { same: false, needs_new_version: false, risky: false, changes: [] },
      0,
    ],
    [
      'a new version changes it',
      (text: string) => text.replace('for: 1s', 'for: 500ms').replace('version: 1', 'version: 2'),
      {
        needs_new_version: false,
        risky: true,
        changes: [{ field: 'verify.settle.for', before: '1s', after: '500ms' }],
      },
      0,
    ],
  ])('tells programs when %s', async (_, edit, data, code) => {
    const { exitCode, ...answer } = await tool.json(['diff', tool.file, newer(edit)])
    expect(exitCode).toBe(code)
    expect(answer).toMatchObject(data)
  })

  it('compares with what is deployed', async () => {
    const env = { DATABASE_URL: database.url }
    const file = newer((text) => text.replace('risk: high', 'risk: low'))
    expect(await tool.run(['diff', tool.file], { env })).toMatchObject({ exitCode: 1 })
    await tool.run(['deploy', tool.file], { env })
    expect(await tool.json(['diff', file], { env })).toMatchObject({
      exitCode: 3,
      needs_new_version: true,
      changes: [{ field: 'risk', before: 'high', after: 'low' }],
    })
  })

  it.each([['contracts of two effects', (text: string) => text.replace('invoice.issue', 'invoice.void')]])(
    'refuses %s',
    async (_, edit) => {
      expect(await tool.run(['diff', tool.file, newer(edit)])).toMatchObject({ exitCode: 2 })
    },
  )
})
