import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contractTool } from '../../testing/contract-tool.ts'
import { KEYED, OPAQUE, READABLE } from '../../testing/provider-contracts.ts'

let tool: ReturnType<typeof contractTool>

beforeEach(() => {
  tool = contractTool()
})
afterEach(() => tool.remove())

const URL = 'https://provider.example'
const out = () => join(tool.folder, 'pages')
const docs = (text: string, ...more: string[]) => {
  tool.write(text)
  return tool.json(['docs', tool.file, '--out', out(), ...more])
}
const pageOf = async (text: string) => (await docs(text)).data.pages[0]
const page = (name: string) => readFileSync(join(out(), name), 'utf8')

describe('contracts docs', () => {
  it('writes a page that says what it is, what protects it, and how it is seen', async () => {
    const { exitCode, effect, data } = await docs(KEYED(URL).replace('key: { from', 'redact: [/customer]\nkey: { from'))
    expect({ exitCode, effect }).toEqual({ exitCode: 0, effect: 'created' })
    expect(data.files.map(({ result }: { result: string }) => result)).toEqual(['created', 'created'])
    expect(page('invoice.issue.md').split('\n\n')).toEqual(
      expect.arrayContaining([
        '# invoice.issue',
        `Version 1, risk high. \`POST ${URL}/v1/invoices\``,
        '**The key.** Made from /customer. Travels in the header Idempotency-Key, where it is remembered for 24h.',
        'A person undoes it.\n',
      ]),
    )
    expect(page('invoice.issue.md')).toContain('| `customer` | string | required, hidden in evidence |')
    expect(page('README.md')).toContain('| [invoice.issue](invoice.issue.md) |  | keyed | high |')
  })

  it.each<[string, string, string, string]>([
    ['keyed', KEYED(URL), 'the answer is lost, or the worker', 'it is looked for, before anybody calls again'],
    ['keyed', KEYED(URL), 'the provider sees a conflict (409)', 'it is looked for, before anybody calls again'],
    ['keyed', KEYED(URL), 'it was in doubt and is never seen', 'it is called again, with the same key'],
    ['keyed', KEYED(URL), 'it is seen, with other content', 'a person decides (mismatch)'],
    ['keyed', KEYED(URL), 'nobody can look', 'it is looked at again, later'],
    [
      'keyed',
      KEYED(URL).replace('status: 409, means: exists', 'status: 503, means: not_executed'),
      'the provider is not available (503)',
      'it is called again after a pause',
    ],
    ['readable', READABLE(URL), 'it was in doubt and is never seen', 'it is called again'],
    [
      'readable',
      READABLE(URL).replace('on_unknown: reconcile', 'on_unknown: human'),
      'the answer is lost, or the worker',
      'a person decides (unknown_outcome)',
    ],
    ['opaque', OPAQUE(URL), 'the provider accepts it (2xx)', 'it ends acknowledged: nobody has seen it'],
    ['opaque', OPAQUE(URL), 'the answer is lost, or the worker', 'a person decides (unknown_outcome)'],
  ])('says of a %s provider what the tables decide', async (...row) => {
    const [kind, text, when, next] = row
    const { provider_class: providerClass, cases } = await pageOf(text)
    expect(providerClass).toBe(kind)
    expect(cases).toContainEqual({ when, next })
  })

  it('says the times in units that lose nothing, and the limits as they are written', async () => {
    const { times, limits } = await pageOf(
      KEYED(URL).replace('timeout: 2s', 'timeout: 1500ms').replace('retry:', 'limits: { per_tenant: 20/s }\nretry:'),
    )
    expect(times).toContainEqual({ what: 'a call, at most', how_long: '1500 ms' })
    expect(times).toContainEqual({ what: 'attempts are made for', how_long: '1 d' })
    expect(limits).toEqual(['attempts: 8', 'calls per tenant: 20/s'])
  })

  it('changes nothing the second time, and nothing at all in a dry run', async () => {
    expect(await docs(KEYED(URL), '--dry-run')).toMatchObject({ effect: 'would_create' })
    expect(() => page('invoice.issue.md')).toThrow()
    await docs(KEYED(URL))
    expect(await docs(KEYED(URL))).toMatchObject({ effect: 'noop' })
    expect(await docs(KEYED(URL).replace('risk: high', 'risk: low'))).toMatchObject({ effect: 'updated' })
  })

  it('leaves alone what it has not made, and writes nothing for a file with errors', async () => {
    await docs(KEYED(URL))
    writeFileSync(join(out(), 'README.md'), '# Ours\n')
    expect(await docs(KEYED(URL))).toMatchObject({ exitCode: 1, reason: 'file_exists' })
    expect(page('README.md')).toBe('# Ours\n')
    expect(await docs('effect: x')).toMatchObject({ exitCode: 1, reason: 'contract_invalid' })
  })

  it('shows the newest version of an effect', async () => {
    writeFileSync(join(tool.folder, 'next.yaml'), KEYED(URL).replace('version: 1', 'version: 2'))
    tool.write(KEYED(URL))
    const { data } = await tool.json(['docs', tool.folder, '--out', out()])
    expect(data.pages.map(({ version }: { version: number }) => version)).toEqual([2])
  })
})
