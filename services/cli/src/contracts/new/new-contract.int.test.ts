import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LossyProvider, startLossyProvider } from '@readback/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Prompts } from '../../framework/prompts.ts'
import { contractTool } from '../../testing/contract-tool.ts'

let tool: ReturnType<typeof contractTool>
let provider: LossyProvider

beforeAll(async () => {
  provider = await startLossyProvider()
})
beforeEach(() => {
  tool = contractTool()
})
afterEach(() => tool.remove())
afterAll(() => provider.stop())

const written = () => readFileSync(tool.file, 'utf8')
const write = (...args: string[]) => tool.json(['new', 'invoice.issue', '--out', tool.file, ...args])

describe('contracts new', () => {
  it.each([
    ['what is usual', [], 'readable', []],
    ['an honoured key', ['--repeat', 'same_answer'], 'keyed', []],
    ['a repeat that is refused', ['--repeat', 'refused'], 'keyed', []],
    ['a marker', ['--key-in', 'marker', '--key-at', '/note'], 'readable', []],
    ['a field of the body', ['--key-in', 'body', '--key-at', '/a/b/request_id', '--repeat', 'refused'], 'keyed', []],
    [
      'an address that we choose',
      ['--url', 'https://p.example/files/${key}', '--repeat', 'overwrites'],
      'readable',
      ['bare_404_absent'],
    ],
    ['a key in the query', ['--url', 'https://p.example/a?id=${key}', '--key-in', 'query'], 'readable', []],
    ['no way to look', ['--look', 'none', '--key-in', 'none'], 'opaque', []],
    [
      'a secret, a canary and no id',
      ['--secret', 'TOKEN', '--canary', 'https://provider.example/me', '--external-id', 'none'],
      'readable',
      [],
    ],
    ['no fields', ['--fields', ''], 'readable', []],
    ['a deletion', ['--method', 'delete', '--url', 'https://p.example/a/${key}'], 'readable', ['bare_404_absent']],
    ['names that YAML would read otherwise', ['--where', '/a: b', '--key-at', 'X-#'], 'readable', []],
  ])('writes a file that loads for %s', async (_, args, providerClass, warnings) => {
    const { exitCode, effect, data } = await write(...args)
    expect({ exitCode, effect, class: data.provider_class }).toEqual({
      exitCode: 0,
      effect: 'created',
      class: providerClass,
    })
    const checked = await tool.json(['check', tool.file])
    expect(checked.problems.map(({ code }: { code: string }) => code)).toEqual(warnings)
  })

  it('writes one that is kept by a provider of that kind', async () => {
    await write(
      '--url',
      `${provider.url}/v1/invoices`,
      '--repeat',
      'same_answer',
      '--canary',
      `${provider.url}/v1/account`,
    )
    expect(await tool.json(['probe', tool.file, '--yes'])).toMatchObject({ exitCode: 0, data: { kept: true } })
  })

  it('never overwrites; the same again changes nothing', async () => {
    await write()
    expect(await write()).toMatchObject({ exitCode: 0, effect: 'noop' })
    writeFileSync(tool.file, 'mine')
    expect(await write()).toMatchObject({ exitCode: 1, reason: 'file_exists' })
    expect(written()).toBe('mine')
  })

  it('shows the file in a dry run, and writes none', async () => {
    const { out } = await tool.run(['new', 'bill.pay', '--out', tool.file, '--dry-run'])
    expect(out).toMatch(/^would_create\neffect: bill\.pay\n/)
    expect(written).toThrow()
  })

  it('goes to the folder of contracts, under the name of the effect', async () => {
    const { data } = await tool.json(['new', 'bill.pay'], { env: { READBACK_CONTRACTS: join(tool.folder, 'new') } })
    expect(data.file).toBe(join(tool.folder, 'new', 'bill.pay.yaml'))
    expect(readFileSync(data.file, 'utf8')).toBe(data.text)
  })

  it('says what to do next', async () => {
    const { out } = await tool.run(['new', '--out', tool.file])
    expect(out).toContain(`readback contracts try ${tool.file} --key first-try\nreadback contracts probe ${tool.file}`)
  })

  it.each([
    ['a header that is none', ['--url', 'https://p.example', '--key-at', 'a b'], 'a header that a contract may set'],
    ['a URL that is none', ['--url', 'invoices'], 'expected an absolute http(s) URL'],
    ['a type that is none', ['--fields', 'a:money'], 'fields: expected name or name:type, got "a:money"'],
    ['a place that is none', ['--key-in', 'body', '--key-at', 'x'], 'key-at: expected a JSON Pointer'],
    ['a choice that is none', ['--repeat', 'often'], 'expected <same_answer|refused|overwrites|acts_again>'],
  ])('refuses %s with the sentence of the check', async (_, args, sentence) => {
    const { exitCode, err } = await write(...args)
    expect(exitCode).toBe(2)
    expect(err).toContain(sentence)
  })

  it('asks somebody at a terminal for what was not given, and for nothing else', async () => {
    const asked: string[] = []
    const prompts: Prompts = {
      text: async (question, initial) => {
        asked.push(question)
        return question.includes('What does it need') ? 'order, total:number' : initial
      },
      choose: async (question, choices, initial) => {
        asked.push(question)
        return choices.find(({ value }) => value === 'same_answer')?.value ?? initial
      },
    }
    const args = [
      'new',
      'order.place',
      '--out',
      tool.file,
      '--url',
      'https://p.example/orders',
      '--risk',
      'low',
      '--json',
    ]
    expect((await tool.run(args, { prompts })).exitCode).toBe(0)
    expect(asked).toEqual([
      'By which method?',
      'What does it need (name:type, ..., or none)?',
      'Which of them name the intent?',
      'Where does the key travel?',
      'In which header?',
      'What does a second call with the same key do?',
      'Which URL finds it by its key (or none)?',
      'Where is the list in the answer (JSON Pointer, or none if it is one thing)?',
      'Where is the key in each of them?',
      'Which URL always answers there (or none)?',
      'Where does the answer name what was made (JSON Pointer, or none)?',
      'Which secret is the bearer token (NAME, or none)?',
    ])
    expect(written()).toContain('/total: { equals: "${payload./total}", by: number }')
    expect(written()).toContain('repeat: same_answer')
  })
})
