import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { edited, SAMPLE } from '../testing/sample-contract.ts'
import { FIELD_DEFAULTS } from './field-defaults.ts'
import { contractJsonSchema, type JsonSchema } from './json-schema.ts'
import { contractReference } from './reference.ts'

const SCHEMA = contractJsonSchema()
const accepts = new Ajv({ strict: false }).compile(SCHEMA)

function fieldAt(field: string): JsonSchema | undefined {
  let schema: JsonSchema | undefined = SCHEMA
  for (const name of field.split('.')) {
    const branches: readonly JsonSchema[] = schema === undefined ? [] : [schema, ...(schema.anyOf ?? [])]
    schema = branches.map(({ properties }) => properties?.[name]).find((found) => found !== undefined)
  }
  return schema
}

describe('the JSON Schema for editors', () => {
  it('accepts a contract that loads', () => {
    expect([accepts(parse(SAMPLE)), accepts.errors]).toEqual([true, null])
  })

  it.each([
    ['a misspelt field', edited('risk: high', 'risc: high')],
    ['a time-out without a unit', edited('timeout: 10s', 'timeout: 10')],
    ['a missing answer', edited('on_unknown: reconcile\n', '')],
    ['a meaning that is none', edited('means: exists', 'means: there')],
    ['a pointer that is none', edited('items: /data', 'items: data')],
  ])('refuses %s', (_, text) => {
    expect(accepts(parse(text))).toBe(false)
  })

  it('says of a field what a problem would say, what counts without it, and how it may look', () => {
    expect(fieldAt('retry.deadline')).toMatchObject({
      errorMessage: 'expected a duration with a unit',
      default: '24h',
      description: expect.stringContaining('Example: deadline: 24h'),
    })
  })

  it('shows no example of something else that has the same name', () => {
    expect(fieldAt('verify.by_key.items')?.description).toContain('Example: items: /data')
    expect(fieldAt('verify.absent')?.items?.properties?.['items']?.description ?? '').not.toContain('Example')
  })

  it('does not offer what this version refuses', () => {
    expect(JSON.stringify(SCHEMA)).not.toContain('x-not-yet')
    expect(fieldAt('approval')).toBeUndefined()
  })

  it.each(Object.keys(FIELD_DEFAULTS))('has the field whose default is listed: %s', (field) => {
    expect(fieldAt(field)?.default).toBe(FIELD_DEFAULTS[field])
  })
})

describe('the reference', () => {
  const page = contractReference()
  const row = (field: string) => page.split('\n').find((line) => line.startsWith(`| \`${field}\``))

  it('has a line for a field at any depth, with what is expected and what counts without it', () => {
    expect(row('verify')).toContain('| required |')
    expect(row('verify.settle.for')).toMatch(/^\| `verify.settle.for` \| a duration with a unit \| 60s \|/)
    expect(row('answers[].means')).toContain('one of accepted, exists')
  })

  it('describes a shape once, and points to it from where it comes again', () => {
    expect(row('verify.by_id')).toContain('Has the fields of `verify.by_key`.')
    expect(row('verify.by_id.read')).toBeUndefined()
  })

  it('has as many cells in every row as its head', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('|'))
    expect(new Set(rows.map((line) => line.split(/(?<!\\)\|/).length))).toEqual(new Set([6]))
  })
})

describe('a default that a description says in words', () => {
  const described: { field: string; said: string }[] = Object.keys(FIELD_DEFAULTS).flatMap((field) => {
    const said = /Default: ([^ ]+)\.(?:\s|$)/.exec(fieldAt(field)?.description ?? '')?.[1]
    return said === undefined ? [] : [{ field, said }]
  })

  it('is the one that counts', () => {
    expect(described.filter(({ field, said }) => said !== String(FIELD_DEFAULTS[field]))).toEqual([])
  })
})
