import { describe, expect, it } from 'vitest'
import { type Decoding, openAnswer } from './decode.ts'
import { parsePointer, valueAt } from './json-pointer.ts'

const read = (body: string | Uint8Array, decoding: Decoding, pointer = '', type = 'text/html'): unknown => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const text = Buffer.from(bytes).toString('utf8')
  const answer = { status: 200, headers: { 'content-type': type }, body: text, bytes, truncated: false }
  return valueAt(openAnswer(answer).as(decoding), parsePointer(pointer))
}

describe('a body', () => {
  it.each([
    ['json', '{"a":{"b":[1,2]}}', '/a/b/-1', 2],
    ['json', '\ufeff{"a":1}', '/a', 1],
    ['json', ' "a" ', '', 'a'],
    ['json', '<a/>', '', undefined],
    ['json', '', '', undefined],
    ['xml', '<a><b>1</b></a>', '/a/b', '1'],
    ['xml', '\ufeff<a><b>1</b></a>', '/a/b', '1'],
    ['xml', '{"a":1}', '', undefined],
    ['text', 'id=17\n', '', 'id=17\n'],
    ['text', '\ufeffid=17', '', 'id=17'],
    ['text', '', '', ''],
    ['text', 'id=17', '/id', undefined],
    ['form', 'id=17&name=a+b%26c&', '/id', '17'],
    ['form', 'id=17&name=a+b%26c&', '/name', 'a b&c'],
    ['form', 'i%5B0%5D=x&i[1]=y', '/i[0]', 'x'],
    ['form', 'i=1&i=2', '/i/1', '2'],
    ['form', 'i=1', '/i/0', undefined],
    ['form', '__proto__=1&a=2', '/__proto__', '1'],
    ['form', 'a=2', '/__proto__', undefined],
    ['form', '<html>', '', undefined],
    ['form', '{"a":1}', '', undefined],
    ['form', 'an error occurred', '', undefined],
  ] as [Decoding, string, string, unknown][])('read as %s, whatever its label: %j at %j is %j', (...row) => {
    const [decoding, body, pointer, expected] = row
    expect(read(body, decoding, pointer)).toEqual(expected)
  })

  it.each(['json', 'xml', 'text', 'form'] as const)('that was cut is not read as %s', (decoding) => {
    const cut = { status: 200, headers: {}, body: 'a=1', truncated: true }
    expect(openAnswer(cut).as(decoding)).toBeUndefined()
  })

  it('counts as the UTF-8 of its text where nobody has its bytes', () => {
    expect(openAnswer({ status: 200, headers: {}, body: '"é"', truncated: false }).as('json')).toBe('é')
  })
})

describe('the characters of a body', () => {
  const UTF_8 = Buffer.from('"Zoë"')
  const LATIN_1 = Buffer.from('"Zoë"', 'latin1')

  it.each([
    ['UTF-8 without a label', UTF_8, 'application/json', 'Zoë'],
    ['UTF-8 with the wrong label', UTF_8, 'application/json; charset=iso-8859-1', 'Zoë'],
    ['Latin-1 labelled as such', LATIN_1, 'application/json; charset=ISO-8859-1', 'Zoë'],
    ['Latin-1 under its other name', LATIN_1, 'application/json;charset="latin1"', 'Zoë'],
    ['Latin-1 under the name of its neighbour', LATIN_1, 'text/plain; charset=windows-1252', 'Zoë'],
    ['what the two do not agree on', Buffer.from([0x22, 0x80, 0x22]), 'text/plain; charset=windows-1252', undefined],
    ['Latin-1 without a label', LATIN_1, 'application/json', undefined],
    ['Latin-1 labelled as UTF-8', LATIN_1, 'application/json; charset=utf-8', undefined],
    ['anything else', Buffer.from('"Zoë"', 'utf16le'), 'application/json; charset=utf-16', undefined],
  ])('are read as %s', (_, bytes, type, expected) => {
    expect(read(bytes, 'json', '', type)).toBe(expected)
  })

  it('are what an XML declaration says, where no label does', () => {
    const bytes = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>Zoë</a>', 'latin1')
    expect(read(bytes, 'xml', '/a', 'text/xml')).toBe('Zoë')
  })
})

describe('JSON that is nested deep', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

  it.each([
    [256, 'read'],
    [257, 'refused'],
    [100_000, 'refused'],
  ])('%i times is %s', (depth, fate) => {
    expect(read(nested(depth), 'json') === undefined ? 'refused' : 'read').toBe(fate)
  })

  it('may have as many brackets as it likes inside of texts', () => {
    expect(read(JSON.stringify(`\\"${'['.repeat(1_000)}`), 'json')).toHaveLength(1_002)
  })

  it('may have as many brackets as it likes beside one another', () => {
    expect(read(`[${'[],'.repeat(1_000)}{}]`, 'json')).toHaveLength(1_001)
  })
})
