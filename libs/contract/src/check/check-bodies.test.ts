import { describe, expect, it } from 'vitest'
import { edited } from '../testing/sample-contract.ts'
import { sentencesOf } from '../testing/sentences-of.ts'

const BODY = '{ json: "${payload}" }'
const withBody = (body: string) => edited(BODY, body)

describe('a body that is refused', () => {
  it.each([
    [
      'two kinds of it',
      withBody('{ form: { a: b }, base64: aaaa }'),
      'invalid_value f.yaml:10:9 call.body: expected one of json, form, text, base64, multipart, got form and base64. Write: form alone',
    ],
    [
      'its type said by a header',
      edited('  timeout', '  headers: { Content-Type: text/xml }\n  timeout'),
      'invalid_value f.yaml:11:28 call.headers.Content-Type: expected the type beside the body, since values are escaped by it, got a header. Write: body: { text: "...", type: text/calendar }',
    ],
    [
      'a type that is none',
      withBody('{ text: x, type: plain }'),
      'invalid_value f.yaml:10:26 call.body.type: expected a media type, such as text/plain, got "plain". Write: type: text/calendar',
    ],
    [
      'a type that breaks its header',
      withBody('{ text: x, type: "text/plain\\r\\nX: 1" }'),
      'invalid_value f.yaml:10:26 call.body.type: expected a media type, such as text/plain, got "text/plain\\r\\nX: 1". Write: type: text/calendar',
    ],
    [
      'another encoding than the one it is sent in',
      withBody('{ text: x, type: text/plain; charset=latin1 }'),
      'invalid_value f.yaml:10:26 call.body.type: expected charset=utf-8, as which every text is sent, got "text/plain; charset=latin1". Write: type: text/plain; charset=utf-8',
    ],
    [
      'a header that no header can be',
      edited('  timeout', '  headers: { X-Name: "Zo\u00eb ${key}" }\n  timeout'),
      'invalid_value f.yaml:11:22 call.headers.X-Name: expected printable ASCII, which is all that a header takes, got another text. Write: a text in ASCII, or the value in the body',
    ],
    [
      'a type beside a form',
      withBody('{ form: { a: b }, type: text/plain }'),
      'invalid_value f.yaml:10:33 call.body.type: expected no type beside form, which is always application/x-www-form-urlencoded, got "text/plain". Write: nothing here; remove it',
    ],
    [
      'parts that are no multipart type',
      withBody('{ multipart: [{ name: a, text: b }], type: text/plain }'),
      'invalid_value f.yaml:10:52 call.body.type: expected a multipart type without parameters, got "text/plain". Write: type: multipart/related',
    ],
    [
      'one piece of a multipart type',
      withBody('{ text: x, type: multipart/form-data }'),
      'invalid_value f.yaml:10:26 call.body.type: expected the type of what is sent in one piece, got "multipart/form-data". Write: multipart: [{ name: file, text: "..." }]',
    ],
    [
      'a part without content',
      withBody('{ multipart: [{ name: a }] }'),
      'missing_field f.yaml:10:23 call.body.multipart[0]: expected one of json, text, base64, got none. Write: { name: title, text: "${payload./title}" }',
    ],
    [
      'a part with two contents',
      withBody('{ multipart: [{ name: a, text: b, json: c }] }'),
      'invalid_value f.yaml:10:23 call.body.multipart[0]: expected one of json, text, base64, got json and text. Write: json alone',
    ],
    [
      'a field without a name',
      withBody('{ multipart: [{ text: b }] }'),
      'missing_field f.yaml:10:23 call.body.multipart[0]: expected a name, which every field of a form has, got none. Write: { name: file, ... }, or body.type: multipart/related',
    ],
    [
      'no part at all',
      withBody('{ multipart: [] }'),
      'invalid_value f.yaml:10:22 call.body.multipart: expected a list of parts, got a list. Write: multipart: [{ name: file, filename: a.pdf, type: application/pdf, base64: "${payload./file}" }]',
    ],
    [
      'a field of a form that is nothing',
      withBody('{ form: { a: { b: [1, null] } } }'),
      'invalid_value f.yaml:10:31 call.body.form.a.b[1]: expected a text, a number, a boolean, or a map or a list of them, got nothing. Write: a text, a number, a boolean, or a map or a list of them',
    ],
    [
      'a value as the name of a tag',
      withBody('{ text: "<${payload./customer}/>", type: text/xml }'),
      'template_invalid f.yaml:10:17 call.body.text: expected a value between tags or in a quoted attribute, got ${payload./customer} as one inside of a tag, outside of quotes. Write: the value at another place, where it can be escaped',
    ],
    [
      'a value in the name of a property',
      withBody('{ text: "ATTENDEE;CN=${payload./customer}:x", type: text/calendar }'),
      'template_invalid f.yaml:10:17 call.body.text: expected a value behind the colon of its line, or in a quoted parameter, got ${payload./customer} as one in the name or in a bare parameter. Write: the value at another place, where it can be escaped',
    ],
  ])('for %s', (_, text, sentence) => {
    expect(sentencesOf(text)).toEqual([sentence])
  })

  it.each([
    ['a comment', '<a><!-- ${key} --></a>', 'text/xml'],
    ['CDATA', '<a><![CDATA[${key}]]></a>', 'application/soap+xml'],
    ['an instruction', '<?xml version="${key}"?>', 'text/xml'],
    ['a declaration', '<!DOCTYPE ${key}>', 'text/html'],
    ['an attribute without quotes', '<a b=${key}>', 'text/html'],
    ['a script', '<p><script>x = "${key}"</script>', 'text/html'],
    ['a style', '<style type="a">${key}</style>', 'text/html; charset=utf-8'],
    ['the start of a line', 'UID:1\n${key}', 'text/vcard'],
    ['half an escape', '{"a": "\\\\${key}"}', 'application/json'],
  ])('in which a value stands in %s', (_, text, type) => {
    const body = `{ text: ${JSON.stringify(text.replaceAll('\\\\', '\\'))}, type: ${type} }`
    expect(sentencesOf(withBody(body)).map((sentence) => sentence.split(' ')[0])).toEqual(['template_invalid'])
  })
})

describe('a method that is refused', () => {
  it.each([
    [
      'one for reading',
      'GET',
      'invalid_value f.yaml:8:11 call.method: expected a method that acts, got GET, which everybody on the way takes for reading. Write: method: POST, PUT, PATCH or DELETE, or effect_by_get: true if the provider really acts on it',
    ],
    [
      'one in small letters',
      'post',
      'invalid_value f.yaml:8:11 call.method: expected an HTTP method in capitals, got "post". Write: method: POST',
    ],
    [
      'one that is none',
      '"PO ST"',
      'invalid_value f.yaml:8:11 call.method: expected an HTTP method in capitals, got "PO ST". Write: method: POST',
    ],
    [
      'one for a proxy',
      'CONNECT',
      'invalid_value f.yaml:8:11 call.method: expected a method that reaches the provider, got CONNECT. Write: method: POST',
    ],
  ])('for %s', (_, method, sentence) => {
    expect(sentencesOf(edited('method: POST', `method: ${method}`))).toEqual([sentence])
  })

  it('is also effect_by_get beside one that acts', () => {
    expect(sentencesOf(edited('method: POST', 'method: PUT\n  effect_by_get: true'))).toEqual([
      'invalid_value f.yaml:9:18 call.effect_by_get: expected effect_by_get only where the method is one for reading, got it beside PUT. Write: nothing here; remove it',
    ])
  })

  it.each(['HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH'])('is %s in a call', (method) => {
    expect(sentencesOf(edited('method: POST', `method: ${method}`))).toHaveLength(1)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'MKCOL', 'PROPPATCH', 'COPY', 'X-SEND', 'GET\n  effect_by_get: true'])(
    'is not %s',
    (method) => {
      expect(sentencesOf(edited('method: POST', `method: ${method}`))).toEqual([])
    },
  )
})
