import { describe, expect, it } from 'vitest'
import { compilePayloadSchema } from './compile/payload-schema.ts'
import { samplePayload } from './sample-payload.ts'

describe('a payload made from a schema', () => {
  it.each([
    [{}, {}],
    [
      { type: 'object', required: ['a', 'b'], properties: { a: { type: 'string' }, b: { type: 'integer' } } },
      { a: 'sample', b: 1 },
    ],
    [{ type: 'object', required: ['a'], properties: { b: { type: 'string' } } }, { a: 'sample' }],
    [{ type: 'string', minLength: 9 }, 'samplexxx'],
    [{ type: 'string', maxLength: 3 }, 'sam'],
    [{ type: 'string', format: 'email' }, 'probe@example.com'],
    [{ type: 'number', exclusiveMinimum: 4 }, 5],
    [{ type: 'integer', minimum: 7, multipleOf: 5 }, 10],
    [{ type: ['null', 'boolean'] }, true],
    [{ type: 'array', minItems: 2, items: { const: 'x' } }, ['x', 'x']],
    [{ enum: ['eur', 'usd'] }, 'eur'],
    [{ type: 'number', default: 3, examples: [4] }, 3],
    [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, 1],
    [{ type: 'number', minimum: 0, maximum: 0.5 }, 0.5],
    [{ $ref: '#/$defs/id', $defs: { id: { const: 'i' } } }, 'i'],
  ])('%j gives %j, which fits', (schema, payload) => {
    expect(samplePayload(schema)).toEqual(payload)
    const compiled = compilePayloadSchema(schema)
    expect(compiled.ok && compiled.check(payload)).toBeNull()
  })

  it('ends for a schema that holds itself', () => {
    const schema = { type: 'object', required: ['a'], properties: { a: { $ref: '#' } } }
    expect(JSON.stringify(samplePayload(schema)).length).toBeLessThan(1_000)
  })
})
