import { describe, expect, it } from 'vitest'
import { exactJson } from './exact-json.ts'

describe('exact JSON', () => {
  it('is the text of what JSON can hold', () => {
    const value = { text: 'ä "\u{1F600}"', list: [1, 0.1, null, true, {}], none: Object.create(null) }
    expect(exactJson(value)).toBe(JSON.stringify(value))
  })

  const circular: { self?: object } = {}
  circular.self = circular

  it.each<[string, unknown, string]>([
    ['a field that is undefined', { a: { b: undefined } }, '/a/b'],
    ['NaN', { a: Number.NaN }, '/a'],
    ['Infinity', [1, Number.NEGATIVE_INFINITY], '/1'],
    ['a bigint', { id: 1n }, '/id'],
    ['a Date', { at: new Date(0) }, '/at'],
    ['a Map', { map: new Map() }, '/map'],
    ['a class instance', { url: new URL('https://a.example') }, '/url'],
    ['bytes', { file: new Uint8Array(1) }, '/file'],
    ['a function', { run: () => 1 }, '/run'],
    ['a symbol', { sign: Symbol('s') }, '/sign'],
    ['a symbol for a name', { inner: { [Symbol('s')]: 1 } }, '/inner'],
    ['a hole in an array', { list: Array(2) }, '/list/0'],
    ['half of a surrogate pair', { text: 'a\udc00' }, '/text'],
    ['half of a surrogate pair in a name', { '\ud800': 1 }, '/\ud800'],
    ['a zero character', { text: 'a\0b' }, '/text'],
    ['itself', circular, '/self'],
    ['undefined at the top', undefined, ''],
  ])('refuses %s, and says where', (_, value, path) => {
    expect(() => exactJson(value)).toThrow(expect.objectContaining({ code: 'payload_refused', path }))
  })

  it('escapes the path as a JSON pointer', () => {
    expect(() => exactJson({ 'a/b': { '~': undefined } })).toThrow('at /a~1b/~0 is undefined')
  })

  it('takes the same object twice side by side', () => {
    const shared = { a: 1 }
    expect(exactJson([shared, shared])).toBe('[{"a":1},{"a":1}]')
  })

  it('refuses what is nested too deep for the database', () => {
    const deep = Array.from({ length: 600 }).reduce<unknown>((inner) => [inner], 1)
    expect(() => exactJson(deep)).toThrow('nested')
  })
})
