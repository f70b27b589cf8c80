import { createTestDatabase } from '@readback/testing'
import fc from 'fast-check'
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { arrayLiteral, isPlain } from './array-literal.ts'

let client: pg.Client

beforeAll(async () => {
  const scratch = await createTestDatabase()
  client = new pg.Client({ connectionString: scratch.url })
  await client.connect()
  return async () => {
    await client.end()
    await scratch.drop()
  }
})

const read = async (elements: readonly (string | number | boolean | null)[], type: string) =>
  (await client.query(`select $1::${type}[] as back`, [arrayLiteral(elements)])).rows[0].back

const storable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))

describe('an array literal', () => {
  it('is read as what was written, whatever the texts hold', async () => {
    const given = [
      '',
      ' ',
      'NULL',
      'null',
      '{}',
      'a,b',
      'say "hi"',
      'C:\\dir\\',
      '\n\t',
      '{"a":"b\\"c"}',
      'é😀',
      '"\n',
      '"😀"',
      '"\x7f"',
      null,
    ]
    expect(await read(given, 'text')).toEqual(given)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(storable)), async (texts) => {
        expect(await read(texts, 'text')).toEqual(texts)
      }),
      { numRuns: 200 },
    )
  })

  it('is read as numbers and truth values, and may be empty', async () => {
    expect(await read([1, -2.5, 1e21, null, Number.POSITIVE_INFINITY], 'float8')).toEqual([
      1,
      -2.5,
      1e21,
      null,
      Infinity,
    ])
    expect(await read([true, false, null], 'boolean')).toEqual([true, false, null])
    expect(await read([], 'int')).toEqual([])
  })

  it('is made of plain elements only', () => {
    expect(isPlain(['a', 1, true, null])).toBe(true)
    expect([isPlain([new Date()]), isPlain([undefined]), isPlain([['a']]), isPlain('{a}')]).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})
