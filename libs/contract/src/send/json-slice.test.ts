import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valueAt } from '../read/json-pointer.ts'
import { sliceAt } from './json-slice.ts'

describe('the slice of a JSON text at a pointer', () => {
  it.each([
    ['{"amount": 1.10}', ['amount'], '1.10'],
    ['{"n":12345678901234567890}', ['n'], '12345678901234567890'],
    ['{ "a" : { "b" : [ 1 , {"c":"x"} ] } }', ['a', 'b', '1', 'c'], '"x"'],
    ['{"a/b":{"~":2}}', ['a/b', '~'], '2'],
    ['{"a":"}]\\"","b":3}', ['b'], '3'],
    ['{"caf\\u00e9":4}', ['café'], '4'],
    ['{"a":1,"a":2}', ['a'], '2'],
    ['[[],{},"",null,true,-1e5]', ['5'], '-1e5'],
    ['{"":{"":0}}', ['', ''], '0'],
    ['{"a":{"z":1},"b":2}', ['a'], '{"z":1}'],
    ['  7 ', [], '7'],
  ])('of %s at %j is %s', (text, pointer, slice) => {
    expect(sliceAt(text, pointer)).toBe(slice)
  })

  it.each([
    ['{"a":1}', ['b']],
    ['{"a":1}', ['a', 'b']],
    ['[1,2]', ['2']],
    ['[1,2]', ['-1']],
    ['[1,2]', ['01']],
    ['{}', ['']],
    ['"text"', ['0']],
  ])('of %s at %j is null', (text, pointer) => {
    expect(sliceAt(text, pointer)).toBeNull()
  })

  it('parses to the value that JSON.parse has there, however the text is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, 3), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const parsed: unknown = JSON.parse(text)
        for (const pointer of pointersOf(parsed)) {
          expect(JSON.parse(sliceAt(text, pointer) ?? 'missing')).toEqual(valueAt(parsed, pointer))
        }
      }),
    )
  })

  it('ends on any text, JSON or not', () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'a', '1', ' ')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        expect(() => sliceAt(parts.join(''), ['a', '1'])).not.toThrow(RangeError)
      }),
      { numRuns: 2_000 },
    )
  })
})

function pointersOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]]
  return [[], ...Object.entries(value).flatMap(([name, child]) => pointersOf(child).map((rest) => [name, ...rest]))]
}
