import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalDecimal } from './decimal.ts'
import { numberText, parseExactly, sameJson } from './json-exact.ts'

const same = (left: string, right: string) => sameJson(parseExactly(left), parseExactly(right))

describe('JSON compared by value', () => {
  it.each([
    ['5', '5.0'],
    ['100', '1e2'],
    ['0', '-0.0'],
    ['12345678901234567890', '12345678901234567890.0'],
    ['0.1000000000000000055511151231257827', '1.000000000000000055511151231257827e-1'],
    ['{"a":1,"b":[2]}', '{"b":[2],"a":1}'],
    ['"12345678901234567890"', '"12345678901234567890"'],
    ['{"long":12345678901234567890,"b":null}', '{"b":null,"long":12345678901234567890}'],
    ['1e999', '1e999'],
  ])('%s is the same as %s', (left, right) => {
    expect(same(left, right)).toBe(true)
  })

  it.each([
    ['12345678901234567890', '12345678901234567891'],
    ['0.1', '0.1000000000000000055511151231257827'],
    ['1e999', '1e998'],
    ['5', '"5"'],
    ['[1,2]', '[2,1]'],
    ['[]', '{}'],
    ['{"a":1}', '{"a":1,"b":2}'],
    ['{"a":1}', '{"b":1}'],
    ['null', 'false'],
    ['{"toString":1}', '{}'],
  ])('%s differs from %s', (left, right) => {
    expect(same(left, right)).toBe(false)
  })

  it('keeps the spelling of what a double cannot hold', () => {
    expect(numberText(parseExactly('12345678901234567890'))).toBe('12345678901234567890')
    expect(numberText(parseExactly('7'))).toBe('7')
    expect(numberText(parseExactly('"7"'))).toBeNull()
  })

  it.each(['', '{', '{"a":}', '[1,]', 'nul', '12345678901234567890 x', '{"a":12345678901234567890'])(
    'has no value for %j',
    (text) => {
      expect(parseExactly(text)).toBeUndefined()
    },
  )

  it('has no value for what is nested beyond all sense', () => {
    const deep = `${'['.repeat(50_000)}12345678901234567890${']'.repeat(50_000)}`
    expect(parseExactly(deep)).toBeUndefined()
  })

  it('agrees with JSON.parse on everything that a double holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // The long number at the end sends the text through the slow reader.
        const text = JSON.stringify([value]).replace(/\]$/, ',12345678901234567890]')
        const [first] = parseExactly(text) as unknown[]
        expect(sameJson(first, JSON.parse(JSON.stringify(value)))).toBe(true)
      }),
    )
  })
})

describe('a decimal in one spelling', () => {
  it.each([
    ['5', '5e0'],
    ['5.0', '5e0'],
    ['050', '5e1'],
    ['-1.20', '-12e-1'],
    ['0.000', '0e0'],
    ['1e2', '1e2'],
    ['12E-1', '12e-1'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalDecimal(text)).toBe(canonical)
  })

  it.each(['', 'x', '1.', '.5', '0x10', '1e', '1_000', 'Infinity', '--1'])('%j is none', (text) => {
    expect(canonicalDecimal(text)).toBeNull()
  })

  it('is found in linear time', () => {
    expect(canonicalDecimal(`1${'0'.repeat(500_000)}1`)).toMatch(/1e0$/)
  })
})
