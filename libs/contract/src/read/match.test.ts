import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { matchRules } from '../compile/match-source.ts'
import { ENTRY, secret } from '../testing/sample-contract.ts'
import { comparison, requireValues } from './match.ts'
import { parseXml } from './xml.ts'

const scope = (payload: unknown) => ({
  entry: { ...ENTRY, payload: typeof payload === 'string' ? payload : JSON.stringify(payload) },
  key: ENTRY.key,
  externalId: null,
  secret,
})
/** Where it differs, or null. */
const differs = (match: unknown, actual: unknown, payload: unknown = {}) =>
  comparison(matchRules(match), scope(payload))(actual)
const holds = (...row: Parameters<typeof differs>) => differs(...row) === null

const sha256 = (text: string) => createHash('sha256').update(text)
const md5 = (text: string) => createHash('md5').update(text)

describe('a value', () => {
  it.each([
    ['a text', 'x', 'x', true],
    ['a text of another case', 'x', 'X', false],
    ['a number', 5, 5, true],
    ['a number as a text', 5, '5', false],
    ['a boolean', true, true, true],
    ['null', null, null, true],
    ['null where nothing is', null, undefined, false],
    ['a text where a list is', 'x', ['x'], false],
    ['a text that was cut', 'twelve', 'twelv', false],
    ['a text that something was added to', 'k1', 'k10', false],
  ])('%s: %j and %j', (_, expected, actual, same) => {
    expect(holds({ '/a': expected }, { a: actual })).toBe(same)
  })
})

describe('a comparator', () => {
  it.each([
    ['number', 5, '5', true],
    ['number', '5', 5, true],
    ['number', '5.00', ' 5 ', true],
    ['number', 5, '5 EUR', false],
    ['number', '0.1', 0.1, true],
    ['number', '1e400', '1e400', true],
    ['number', 'x', 'x', false],
    ['lower', 'Ann@X.example', 'ann@x.EXAMPLE', true],
    ['lower', 'ann', 'anne', false],
    ['trim', 'x', ' x\n', true],
    ['trim', 'x y', 'x  y', false],
    ['base64', 'Zoë?>', Buffer.from('Zoë?>').toString('base64'), true],
    ['base64', 'Zoë?>', Buffer.from('Zoë?>').toString('base64url'), true],
    ['base64', 'Zoë?>', 'Wm/D\n q z8+', true],
    ['base64', 'Zoë?>', Buffer.from('Zoe?>').toString('base64'), false],
    ['base64', 'x', 'x', false],
    ['sha256', 'x', sha256('x').digest('hex'), true],
    ['sha256', 'x', sha256('x').digest('hex').toUpperCase(), true],
    ['sha256', 'x', sha256('x').digest('base64'), true],
    ['sha256', 'x', sha256('x').digest('base64url'), true],
    ['sha256', 'x', sha256('y').digest('hex'), false],
    ['sha256', 'x', 'x', false],
    ['md5', 'x', md5('x').digest('hex'), true],
    ['md5', 'x', md5('y').digest('hex'), false],
    ['json', { a: 1 }, '{ "a": 1.0 }', true],
    ['json', { a: 1 }, { a: 1 }, true],
    ['json', '{"a":1,"b":2}', '{"b": 2, "a": 1}', true],
    ['json', 'x', '"x"', true],
    ['json', { a: 1 }, '{"a":2}', false],
    ['json', { a: 1 }, 'no json', false],
    ['json', 'no json', undefined, false],
    ['json', 'no json', 'nor this', false],
  ])('%s finds %j and %j the same: %s', (by, expected, actual, same) => {
    const match = { '/a': { equals: '${payload./e}', by } }
    expect(holds(match, { a: actual }, { e: expected })).toBe(same)
  })

  it.each(['number', 'lower', 'trim', 'base64', 'sha256', 'md5', 'json'])('%s finds nothing in a map', (by) => {
    expect(holds({ '/a': { equals: 'x', by } }, { a: { x: 'x' } })).toBe(false)
  })
})

describe('a value that the entry does not have', () => {
  it.each([
    [undefined, true],
    [null, true],
    ['', false],
    [0, false],
  ])('is the same as %j: %s', (actual, same) => {
    expect(holds({ '/a': '${payload./missing}' }, { a: actual })).toBe(same)
  })

  it('is nothing to filter by: everything that lacks it would be ours', () => {
    expect(() => requireValues(matchRules({ '/ref': '${payload./ref}' }), scope({}))).toThrow('missing in this entry')
    expect(() => requireValues(matchRules({ '/ref': '${payload./ref}' }), scope({ ref: 0 }))).not.toThrow()
    expect(() => requireValues(matchRules({ '/ref': { exists: true } }), scope({}))).not.toThrow()
  })

  it('is not one that is nested too deep to be read: that equals nothing', () => {
    const deep = `{"a":${'['.repeat(300)}${']'.repeat(300)}}`
    for (const match of [{ '/a': '${payload./a}' }, 'all']) {
      for (const actual of [{}, { a: null }, { a: [] }]) expect(holds(match, actual, deep)).toBe(false)
    }
  })
})

describe('a pattern', () => {
  it.each([
    ['a place in a text', { re: 'id=\\d+' }, 'the id=17 it is', true],
    ['no place', { re: '^\\d+$' }, 'id=17', false],
    ['a number', { re: '^1' }, 17, true],
    ['nothing', { re: '' }, undefined, false],
    ['a map', { re: '' }, {}, false],
    ['its group', { re: 'id=(\\d+)', equals: '17' }, 'the id=17 it is', true],
    ['its group, not more', { re: 'id=(\\d)', equals: '17' }, 'the id=17 it is', false],
    ['all of its place without a group', { re: '\\d+', equals: '17' }, 'id=17', true],
    [
      'its group by a comparator',
      { re: 'sum: ([0-9.]+)', equals: '${payload./sum}', by: 'number' },
      'sum: 12.50 EUR',
      true,
    ],
    ['the key, exactly', { re: 'rb:(\\S+)', equals: '${key}' }, `text rb:${ENTRY.key} text`, true],
    ['the key, and not a longer one', { re: 'rb:(\\S+)', equals: '${key}' }, `rb:${ENTRY.key}0`, false],
    ['a value that the entry does not have', { re: '(x?)', equals: '${payload./missing}' }, '', false],
  ])('finds %s', (_, test, actual, found) => {
    expect(holds({ '/a': test }, { a: actual }, { sum: 12.5 })).toBe(found)
  })

  it('says of a text beyond its limit neither that it fits nor that it does not', () => {
    expect(() => holds({ '/a': { re: 'x' } }, { a: 'y'.repeat(70_000) })).toThrow('too long')
  })

  it('takes no longer for a text made to make it slow', () => {
    const startedAt = performance.now()
    expect(holds({ '/a': { re: '^(?:a+)+$' } }, { a: `${'a'.repeat(60_000)}!` })).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})

describe('match: all', () => {
  const PAYLOAD = { name: 'Zoë', amount: 12.5, lines: [{ sku: 'a', n: 1 }], to: { email: 'Zoe@X.example', note: null } }
  const came = (more: object = {}) => ({ id: 9, ...structuredClone(PAYLOAD), ...more })

  it.each([
    [
      'reordered, with defaults added',
      came({ created: 1, to: { note: null, verified: false, email: 'Zoe@X.example' } }),
      null,
    ],
    ['with a field cut', came({ name: 'Zo' }), '/name'],
    ['with a field dropped', { ...came(), amount: undefined }, '/amount'],
    ['with a field as a text', came({ amount: '12.5' }), '/amount'],
    ['with something added inside of a list', came({ lines: [{ sku: 'a', n: 1, tax: 0 }] }), '/lines'],
    ['with a field inside in lower case', came({ to: { email: 'zoe@x.example', note: null } }), '/to/email'],
    ['with a text where a map was', came({ to: 'Zoe@X.example' }), '/to'],
    ['with a null that was left out', came({ to: { email: 'Zoe@X.example' } }), '/to/note'],
    ['as a list', [came()], ''],
  ])('finds a thing %s: %#', (_, actual, difference) => {
    expect(differs('all', actual, PAYLOAD)).toBe(difference)
  })

  it.each([
    ['leaves out a field', { all: true, except: ['/name'] }, came({ name: 'Z' }), null],
    ['leaves out a field inside', { all: true, except: ['/to/email'] }, came({ to: { note: null } }), null],
    ['leaves out no other', { all: true, except: ['/name'] }, came({ amount: 1 }), '/amount'],
    ['compares a field otherwise', { all: true, by: { '/amount': 'number' } }, came({ amount: '12.50' }), null],
    [
      'compares a field inside otherwise',
      { all: true, by: { '/to/email': 'lower' } },
      came({ to: { email: 'zoe@x.example', note: null } }),
      null,
    ],
    [
      'compares a field otherwise, and finds it different',
      { all: true, by: { '/amount': 'number' } },
      came({ amount: '13' }),
      '/amount',
    ],
    [
      'compares a whole map otherwise',
      { all: true, by: { '/to': 'json' } },
      came({ to: JSON.stringify(PAYLOAD.to) }),
      null,
    ],
    ['looks further in', { all: true, at: '/fields' }, { fields: came() }, null],
    ['says where, further in', { all: true, at: '/fields' }, { fields: came({ name: '' }) }, '/fields/name'],
    ['wants more', { all: true, also: { '/id': { exists: true } } }, came(), null],
    ['does not find what it wants more', { all: true, also: { '/state': 'open' } }, came(), '/state'],
  ])('%s', (_, match, actual, difference) => {
    expect(differs(match, actual, PAYLOAD)).toBe(difference)
  })

  it('finds the fields of a payload in XML, where everything is a text', () => {
    const xml = parseXml('<order id="9"><name>Zoë</name><amount>12.50</amount><to><email>a@x</email></to></order>')
    const payload = { name: 'Zoë', amount: 12.5, to: { email: 'a@x' } }
    expect(differs({ all: true, at: '/order', by: { '/amount': 'number' } }, xml, payload)).toBeNull()
    expect(differs({ all: true, at: '/order' }, xml, payload)).toBe('/order/amount')
    expect(differs({ all: true, at: '/order' }, xml, { name: { first: 'Zoë' } })).toBe('/order/name')
  })
})
