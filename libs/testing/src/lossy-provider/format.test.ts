import { describe, expect, it } from 'vitest'
import { written } from './format.ts'
import { parseForm } from './parse-body.ts'
import { atPointer, changedAt } from './pointer.ts'

describe('a pointer', () => {
  it('finds what stands there', () => {
    expect(atPointer({ a: { b: 1 } }, '/a/b')).toBe(1)
    expect(atPointer({ a: 1 }, '/a/b')).toBeUndefined()
    expect(atPointer(undefined, '/a')).toBeUndefined()
  })

  it('changes what stands there, in a copy, and adds nothing', () => {
    const value = { a: { b: 'B', c: 1 }, d: 2 }
    expect(changedAt(value, '/a/b', () => 'x')).toEqual({ a: { b: 'x', c: 1 }, d: 2 })
    expect(changedAt(value, '/e', () => 'x')).toEqual(value)
    expect(value.a.b).toBe('B')
  })
})

describe('a form', () => {
  it.each([
    ['a=1', { a: '1' }],
    ['a%5Bb%5D=1&a%5Bc%5D%5Bd%5D=2', { a: { b: '1', c: { d: '2' } } }],
  ])('of %s is nested by its brackets', (form, parsed) => {
    expect(parseForm(new URLSearchParams(form))).toEqual(parsed)
  })

  it('reaches no prototype', () => {
    parseForm(new URLSearchParams('__proto__%5Bpolluted%5D=1'))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('what is written', () => {
  it.each([
    ['json', '{"a":{"b":1},"c":["x","&"]}'],
    ['xml', '<?xml version="1.0" encoding="UTF-8"?>\n<answer><a><b>1</b></a><c>x</c><c>&amp;</c></answer>'],
    ['form', 'a%5Bb%5D=1&c%5B0%5D=x&c%5B1%5D=%26'],
    ['text', 'a[b]: 1\nc[0]: x\nc[1]: &\n'],
  ] as const)('as %s is %s', (format, text) => {
    expect(written({ a: { b: 1 }, c: ['x', '&'] }, format)).toBe(text)
  })
})
