import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENTRY, edited, loaded, secret } from '../testing/sample-contract.ts'
import { renderCall } from './render-call.ts'

const BODY = '{ json: "${payload}" }'
// What has ever ended a value early, in one format or another.
const PIECES = '" \' \\ \r\n \n \t & = [ ] < > --> ]]> %0A %22 ; : , ^ { } ${key} $${ + # é 😀 \u2028 a'
  .split(' ')
  .concat(' ', '\0', '\ud800')
const texts = fc.string({ unit: fc.constantFrom(...PIECES), minLength: 1, maxLength: 12 })

/** What was sent for a value, or nothing where it was refused. */
function sent(text: string, value: string): string | null {
  const rendered = renderCall(loaded(text), { ...ENTRY, payload: JSON.stringify({ v: value }) }, secret)
  return rendered.ok ? Buffer.from(rendered.plan.body ?? '').toString() : null
}

const always = (body: string, holds: (content: string, value: string) => void) => {
  const text = edited(BODY, body)
  fc.assert(
    fc.property(texts, (value) => {
      const content = sent(text, value)
      if (content !== null) holds(content, value)
    }),
  )
}

describe('whatever a value is, it stays in its place and arrives as it was', () => {
  it('in a JSON text', () => {
    always(`{ text: '{"a": "-\${payload./v}-", "b": \${payload./v}}', type: application/json }`, (content, value) => {
      expect(JSON.parse(content)).toEqual({ a: `-${value}-`, b: value })
    })
  })

  it('in a form, and in a form as text', () => {
    for (const body of [
      '{ form: { a: "-${payload./v}-", z: 1 } }',
      '{ text: "a=-${payload./v}-&z=1", type: application/x-www-form-urlencoded }',
    ]) {
      always(body, (content, value) => {
        expect([...new URLSearchParams(content)]).toEqual([
          ['a', `-${value}-`],
          ['z', '1'],
        ])
      })
    }
  })

  it('in XML, as text and as an attribute', () => {
    always(`{ text: '<a b="\${payload./v}">\${payload./v}</a>', type: text/xml }`, (content, value) => {
      const [, attribute = '', text = ''] = /^<a b="([^"<>]*)">([^<>]*)<\/a>$/.exec(content) ?? []
      expect([unescaped(attribute), unescaped(text)]).toEqual([value, value])
    })
  })

  it('in iCalendar, as a value and as a parameter', () => {
    always(`{ text: "A;B=\\"\${payload./v}\\":\${payload./v}\\nUID:1", type: text/calendar }`, (content, value) => {
      const [first = '', second, ...others] = content.split('\r\n')
      expect([second, ...others]).toEqual(['UID:1'])
      const [, parameter = '', text = ''] = /^A;B="([^"]*)":(.*)$/s.exec(first) ?? []
      const lines = value.replaceAll(/\r\n?/g, '\n')
      expect(parameter.replaceAll(/\^[n'^]/g, (pair) => ({ '^n': '\n', "^'": '"', '^^': '^' })[pair] ?? '')).toBe(lines)
      expect(text.replaceAll(/\\[n\\;,]/g, (pair) => (pair === '\\n' ? '\n' : pair.slice(1)))).toBe(lines)
    })
  })

  it('in the name of a file and in a part', () => {
    always('{ multipart: [{ name: f, filename: "${payload./v}", text: "${payload./v}" }] }', (content, value) => {
      const [open = '', ...lines] = content.split('\r\n')
      expect(lines[0]).toMatch(/^Content-Disposition: form-data; name="f"; filename="[^"\r\n]*"$/)
      expect(content.slice(content.indexOf('\r\n\r\n') + 4, content.lastIndexOf(`\r\n${open}--`))).toBe(value)
    })
  })
})

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }

const unescaped = (text: string) =>
  text.replaceAll(/&(?:#(\d+)|(\w+));/g, (_, code, name) =>
    code === undefined ? (ENTITIES[name] ?? '') : String.fromCharCode(code),
  )
