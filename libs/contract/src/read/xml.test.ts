import { describe, expect, it } from 'vitest'
import { isMissing, listAt, parsePointer, valueAt } from './json-pointer.ts'
import { parseXml, XmlNodes } from './xml.ts'

const read = (text: string, pointer: string): unknown => {
  const found = valueAt(parseXml(text), parsePointer(pointer))
  return found instanceof XmlNodes ? 'elements' : found
}

describe('a pointer into XML', () => {
  const DAV = `<?xml version="1.0" encoding="utf-8"?>
    <D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
      <D:response><D:href>/cal/a.ics</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop></D:propstat></D:response>
      <D:response><D:href>/cal/b.ics</D:href><D:propstat><C:data type="text/calendar" D:n="2">BEGIN:VCALENDAR\r
UID:b &amp; c\r
</C:data><D:empty/></D:propstat></D:response>
    </D:multistatus>`

  it.each([
    ['walks by local names, whatever the prefix', '/multistatus/response/0/href', '/cal/a.ics'],
    ['takes elements by number', '/multistatus/response/1/href', '/cal/b.ics'],
    ['takes the last one', '/multistatus/response/-1/href', '/cal/b.ics'],
    ['goes through all of them at once', '/multistatus/response/propstat/prop/getetag', '"1"'],
    ['takes the one there is by number, too', '/multistatus/0/response/0/href/0', '/cal/a.ics'],
    ['reads an attribute by its local name', '/multistatus/response/propstat/data/@type', 'text/calendar'],
    ['reads an attribute with a prefix', '/multistatus/response/propstat/data/@n', '2'],
    ['reads text beside attributes', '/multistatus/response/1/propstat/data', 'BEGIN:VCALENDAR\nUID:b & c\n'],
    ['reads text by its name', '/multistatus/response/1/propstat/data/#text', 'BEGIN:VCALENDAR\nUID:b & c\n'],
    ['reads an empty element as an empty text', '/multistatus/response/propstat/empty', ''],
    ['finds several where one is meant, and so no value', '/multistatus/response/href', 'elements'],
    ['finds elements inside, and so no value', '/multistatus/response/0', 'elements'],
    ['finds nothing at another name', '/multistatus/responses', undefined],
    ['finds nothing at another root', '/response/href', undefined],
    ['finds nothing behind the last one', '/multistatus/response/2', undefined],
    ['finds nothing below a text', '/multistatus/response/0/href/x', undefined],
    ['does not take the namespace for an attribute', '/multistatus/@D', undefined],
  ])('%s: %s', (_, pointer, expected) => {
    expect(read(DAV.replaceAll('\r\n', '\n'), pointer)).toBe(expected)
  })

  it.each([
    ['two', '<l><i>1</i><o/><i>2</i></l>', ['1', '2']],
    ['one', '<l><i>1</i></l>', ['1']],
    ['none', '<l/>', []],
    ['none, since the list itself is not there', '<error/>', undefined],
    ['those of several lists', '<l><i>1</i></l>', ['1']],
  ])('finds a list of %s in %s', (_, text, expected) => {
    const list = listAt(parseXml(text), ['l', 'i'])
    expect(list?.map((item) => valueAt(item, []))).toEqual(expected)
  })

  it.each([
    ['<l/>', '/l/i', true],
    ['<l><i/></l>', '/l/i', false],
    ['<error/>', '/l/i', false],
    ['<l/>', '/l/@n', true],
  ])('in %s, nothing at %s is missing: %s', (text, pointer, missing) => {
    expect(isMissing(parseXml(text), parsePointer(pointer))).toBe(missing)
  })
})

describe('text in XML', () => {
  it.each([
    ['<a>&lt;&gt;&amp;&apos;&quot;</a>', `<>&'"`],
    ['<a>&#34;etag&#x22;</a>', '"etag"'],
    ['<a>&amp;#34; &amp;lt; &#38;amp;</a>', '&#34; &lt; &amp;'],
    ['<a>x<![CDATA[<y>&amp;]]>z</a>', 'x<y>&amp;z'],
    ['<a> x\n</a>', ' x\n'],
    ['<a><!-- no -->1<?pi?>2</a>', '12'],
  ])('is decoded once: %s', (text, expected) => {
    expect(read(text, '/a')).toBe(expected)
  })
})

it('has texts of any length', () => {
  expect(read(`<a>${'x'.repeat(200_000)}</a>`, '/a')).toHaveLength(200_000)
})

describe('what is no XML', () => {
  const BILLION = `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(10)}"><!ENTITY c "${'&b;'.repeat(10)}">]><l>&c;</l>`

  it.each([
    ['nothing', ''],
    ['only space', ' \n'],
    ['JSON', '{"a":1}'],
    ['an open element', '<a><b></b>'],
    ['elements that cross', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['text behind the root', '<a/>x'],
    ['an attribute without quotes', '<a b=c/>'],
    ['an entity of HTML', '<a>&nbsp;</a>'],
    ['a bare ampersand', '<a>b & c</a>'],
    ['the character 0', '<a>&#0;</a>'],
    ['half a character', '<a>&#xD800;</a>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['a file for an entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['a billion laughs', BILLION],
    ['elements 257 deep', `${'<a>'.repeat(257)}${'</a>'.repeat(257)}`],
    ['more than 100,000 elements', `<l>${'<i/>'.repeat(100_000)}</l>`],
    ['more than 100,000 attributes', `<l>${'<i a="1"/>'.repeat(60_000)}</l>`],
    ['a page for people', '<html><body><p>Bad gateway<br></body></html>'],
  ])('%s', (_, text) => {
    expect(parseXml(text)).toBeUndefined()
  })

  it('is found out early, however deep it is', () => {
    const startedAt = performance.now()
    expect(parseXml('<a>'.repeat(350_000))).toBeUndefined()
    expect(performance.now() - startedAt).toBeLessThan(500)
  })

  it('does not include elements 256 deep', () => {
    expect(parseXml(`${'<a>'.repeat(256)}${'</a>'.repeat(256)}`)).toBeInstanceOf(XmlNodes)
  })
})

describe('names that mean something to an object', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    '%s is a name like any other',
    (name) => {
      const text = `<${name} ${name}="1"><${name}>x</${name}></${name}>`
      expect(read(text, `/${name}/${name}`)).toBe('x')
      expect(read(text, `/${name}/@${name}`)).toBe('1')
      expect(read('<a/>', `/a/${name}`)).toBeUndefined()
      expect(read('<a/>', `/a/@${name}`)).toBeUndefined()
      expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    },
  )
})
