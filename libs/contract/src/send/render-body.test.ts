import { describe, expect, it } from 'vitest'
import { ENTRY, edited, loaded, secret } from '../testing/sample-contract.ts'
import { renderCall } from './render-call.ts'
import { parseTextBody } from './text-body.ts'

const BODY = '{ json: "${payload}" }'
const PAYLOAD = {
  customer: 'c',
  amount: 1,
  name: `O'Neil & "<b>"`,
  text: 'one; two, three\\four\nfive',
  file: 'AAEC/w==',
  url: 'AP-_',
  list: ['a', 'b c'],
  meta: { b: 1, a: { x: true } },
  rows: [{ id: 1 }, { id: 2 }],
  none: null,
  nested: { n: null },
  bracket: { 'a]': 1 },
  bell: '\u0007',
  empty: '',
  quotes: '"'.repeat(2_000),
}

function sent(body: string, payload: object = PAYLOAD) {
  const text = edited(BODY, body)
  const rendered = renderCall(loaded(text), { ...ENTRY, payload: JSON.stringify(payload) }, secret)
  if (!rendered.ok) return { failed: rendered.code, message: rendered.message }
  const { body: content, headers } = rendered.plan
  return { content, type: headers.find(([name]) => name === 'content-type')?.[1] }
}

const yaml = (text: string, type: string) => `{ text: ${JSON.stringify(text)}, type: "${type}" }`

describe('a text body is escaped by its type', () => {
  it.each([
    ['text/plain', 'to ${payload./name}', `to O'Neil & "<b>"`],
    [
      'text/xml',
      '<a b="${payload./name}">${payload./name}</a>',
      '<a b="O&#39;Neil &amp; &quot;&lt;b&gt;&quot;">O&#39;Neil &amp; &quot;&lt;b&gt;&quot;</a>',
    ],
    ['application/xml', '<a>${xml(payload./name)}</a>', '<a>O&#39;Neil &amp; &quot;&lt;b&gt;&quot;</a>'],
    ['application/soap+xml; charset=utf-8', "<a b='${payload./text}'>", "<a b='one; two, three\\four&#10;five'>"],
    [
      'text/xml',
      '<!-- x > --><![CDATA[<]]><?a <?><a>${payload./amount}</a>',
      '<!-- x > --><![CDATA[<]]><?a <?><a>1</a>',
    ],
    ['text/xml', '<c>SUMMARY:${ical(payload./text)}</c>', '<c>SUMMARY:one\\; two\\, three\\\\four\\nfive</c>'],
    [
      'text/html',
      '<p title="${payload./customer}">${payload./name}</p>',
      '<p title="c">O&#39;Neil &amp; &quot;&lt;b&gt;&quot;</p>',
    ],
    ['text/html', '<script>1 < 2</script><p>${payload./amount}</p>', '<script>1 < 2</script><p>1</p>'],
    [
      'text/calendar',
      'SUMMARY:${payload./text}\nUID:${key}\n',
      'SUMMARY:one\\; two\\, three\\\\four\\nfive\r\nUID:cust-7/2026-11\r\n',
    ],
    ['text/calendar', 'SUMMARY:${ical(payload./text)}', 'SUMMARY:one\\; two\\, three\\\\four\\nfive'],
    ['text/calendar; charset=utf-8', 'A;CN="${payload./name}":x', `A;CN="O'Neil & ^'<b>^'":x`],
    ['text/calendar', 'A:x\r\n  ${payload./customer}', 'A:x\r\n  c'],
    ['text/vcard', 'FN:${payload./name}\r\n', `FN:O'Neil & "<b>"\r\n`],
    ['application/x-www-form-urlencoded', 'a=${payload./name}&b=1', `a=O'Neil%20%26%20%22%3Cb%3E%22&b=1`],
    [
      'application/json',
      '{"a": "x ${payload./name}", "b": ${payload./amount}}',
      `{"a": "x O'Neil & \\"<b>\\"", "b": 1}`,
    ],
    [
      'application/json',
      '{"a": ${payload./name}, "b": ${json(payload./list)}}',
      `{"a": "O'Neil & \\"<b>\\"", "b": ["a","b c"]}`,
    ],
    ['application/vnd.api+json', '{"s": "${json(payload./list)}"}', '{"s": "[\\"a\\",\\"b c\\"]"}'],
    ['application/json', '{"q\\"": "${key}"}', '{"q\\"": "cust-7/2026-11"}'],
  ])('%s: %s', (type, text, content) => {
    expect(sent(yaml(text, type))).toEqual({ content, type })
  })

  it.each([
    ['text/xml', '<a>${payload./bell}</a>'],
    ['text/calendar', 'A:${payload./bell}'],
  ])('%s refuses what it cannot hold: %s', (type, text) => {
    expect(sent(yaml(text, type))).toMatchObject({ failed: 'value_does_not_fit' })
  })
})

describe('a form', () => {
  it.each([
    ['{ form: { b: "${payload./customer}", a: "x y&z", n: 1, t: true } }', 'a=x%20y%26z&b=c&n=1&t=true'],
    ['{ form: { a: { c: 1, b: "${key}" } } }', 'a[b]=cust-7%2F2026-11&a[c]=1'],
    ['{ form: { a: [1, "${payload./customer}"] } }', 'a[]=1&a[]=c'],
    ['{ form: { a: [{ x: 1, y: 2 }, { x: 3 }] } }', 'a[0][x]=1&a[0][y]=2&a[1][x]=3'],
    ['{ form: { a: [[1, 2], [3]] } }', 'a[0][]=1&a[0][]=2&a[1][]=3'],
    ['{ form: { "a[b]": 1 } }', 'a[b]=1'],
    ['{ form: { tags: "${payload./list}" } }', 'tags[]=a&tags[]=b%20c'],
    ['{ form: { meta: "${payload./meta}" } }', 'meta[b]=1&meta[a][x]=true'],
    ['{ form: { rows: "${payload./rows}" } }', 'rows[0][id]=1&rows[1][id]=2'],
    ['{ form: { rows: "${json(payload./rows)}" } }', 'rows=%5B%7B%22id%22%3A1%7D%2C%7B%22id%22%3A2%7D%5D'],
    ['{ form: { text: "-${payload./list}" } }', 'text=-%5B%22a%22%2C%22b%20c%22%5D'],
    ['{ form: "${payload./meta}" }', 'b=1&a[x]=true'],
    ['{ form: {} }', ''],
  ])('%s sends %s', (body, content) => {
    const written = content.replaceAll('[', '%5B').replaceAll(']', '%5D')
    expect(sent(body)).toEqual({ content: written, type: 'application/x-www-form-urlencoded' })
  })

  it.each([
    ['a null', '{ form: { a: "${payload./none}" } }'],
    ['a null inside', '{ form: { a: "${payload./nested}" } }'],
    ['a name with a bracket', '{ form: { a: "${payload./bracket}" } }'],
    ['a list as the whole', '{ form: "${payload./list}" }'],
    ['a scalar as the whole', '{ form: "${payload./amount}" }'],
  ])('refuses %s', (_, body) => {
    expect(sent(body)).toMatchObject({ failed: 'value_does_not_fit' })
  })

  it('keeps the spelling of numbers, and the last of doubled names', () => {
    const rendered = renderCall(
      loaded(edited(BODY, '{ form: "${payload}" }')),
      { ...ENTRY, payload: '{"customer":"c","n":1,"amount":1.10, "n": 12345678901234567890}' },
      secret,
    )
    expect(rendered.ok && rendered.plan.body).toBe('customer=c&n=12345678901234567890&amount=1.10')
  })

  it('stops at a depth and at a length', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`)
    expect(sent('{ form: "${payload}" }', { ...PAYLOAD, deep })).toMatchObject({ failed: 'value_does_not_fit' })
    const wide = { ['n'.repeat(100_000)]: Array.from({ length: 10_000 }, () => 1) }
    expect(sent('{ form: { a: "${payload./wide}" } }', { ...PAYLOAD, wide })).toMatchObject({
      failed: 'value_does_not_fit',
    })
  })
})

describe('bytes', () => {
  it.each([
    ['{ base64: "${payload./file}" }', [0, 1, 2, 255], 'application/octet-stream'],
    ['{ base64: "${payload./url}", type: image/png }', [0, 255, 191], 'image/png'],
    ['{ base64: "AAEC" }', [0, 1, 2], 'application/octet-stream'],
    ['{ base64: "${base64(payload./customer)}" }', [99], 'application/octet-stream'],
    ['{ base64: "${payload./empty}" }', [], 'application/octet-stream'],
  ])('%s', (body, bytes, type) => {
    const { content, ...more } = sent(body)
    expect([...(content as Uint8Array)]).toEqual(bytes)
    expect(more).toEqual({ type })
  })

  it.each(['not base64', 'A', 'AA==AA', 'AAE\n', `${'='.repeat(100_000)}x`])('are not made from %j', (file) => {
    expect(sent('{ base64: "${payload./file}" }', { ...PAYLOAD, file })).toEqual({
      failed: 'value_does_not_fit',
      message: 'what should be base64 is not',
    })
  })
})

describe('a body in parts', () => {
  const PARTS = `{ multipart: [
    { name: title, text: "\${payload./name}" },
    { name: meta, json: { a: "\${payload./amount}" } },
    { name: file, filename: "a\\"\${payload./customer}.bin", type: application/x-thing, base64: "\${payload./file}" } ] }`

  it('has a boundary that is the same on every attempt, and another for other content', () => {
    const { type } = sent(PARTS)
    expect(type).toMatch(/^multipart\/form-data; boundary=readback-[0-9a-f]{40}$/)
    expect(sent(PARTS).type).toBe(type)
    expect(sent(PARTS)).toEqual(sent(PARTS))
    expect(sent(PARTS, { ...PAYLOAD, amount: 2 }).type).not.toBe(type)
  })

  it('is read by a standard parser as what was meant', async () => {
    const { content, type } = sent(PARTS)
    const form = await new Response(content as Uint8Array<ArrayBuffer>, {
      headers: { 'content-type': type ?? '' },
    }).formData()
    expect(form.get('title')).toBe(PAYLOAD.name)
    const [meta, file] = [form.get('meta'), form.get('file')]
    expect(meta).toBe('{"a":1}')
    expect(file).toMatchObject({ type: 'application/x-thing', size: 4 })
    expect(Buffer.from(await (file as File).arrayBuffer())).toEqual(Buffer.from([0, 1, 2, 255]))
  })

  it('never lets a value leave its part', () => {
    const { content } = sent(`{ multipart: [{ name: a, filename: "\${payload./name}", text: x }] }`, {
      ...PAYLOAD,
      name: 'a"\r\nX-Evil: 1\r\n\r\n--b',
    })
    const [head] = Buffer.from(content as Uint8Array)
      .toString()
      .split('\r\n\r\n')
    expect(head?.split('\r\n').slice(1)).toEqual([
      'Content-Disposition: form-data; name="a"; filename="a%22%0D%0AX-Evil: 1%0D%0A%0D%0A--b"',
      'Content-Type: text/plain; charset=utf-8',
    ])
  })

  it('may be of another kind, with parts that have no name', () => {
    const body = '{ type: multipart/related, multipart: [{ json: { a: 1 } }, { filename: f, text: x }] }'
    const { content, type } = sent(body)
    expect(type).toMatch(/^multipart\/related; boundary=/)
    const text = Buffer.from(content as Uint8Array).toString()
    expect(text.split('\r\n').filter((line) => line.startsWith('Content-'))).toEqual([
      'Content-Type: application/json',
      'Content-Disposition: attachment; filename="f"',
      'Content-Type: text/plain; charset=utf-8',
    ])
  })
})

describe('what templates make of a payload', () => {
  it('ends while it is small, however they are nested', () => {
    const nested = `\${${'json('.repeat(8)}payload./quotes${')'.repeat(8)}}`
    expect(sent(`{ json: [${Array.from({ length: 40 }, () => `"${nested}"`).join(', ')}] }`)).toMatchObject({
      failed: 'value_does_not_fit',
      message: 'the templates of this request make too much of this payload',
    })
  })

  it('takes a payload of the largest size as often as a large contract names it', () => {
    const many = Array.from({ length: 200 }, (_, index) => `f${index}: "\${payload./amount}"`).join(', ')
    expect(sent(`{ json: { ${many} } }`, { ...PAYLOAD, filler: 'x'.repeat(250_000) })).toMatchObject({
      type: 'application/json',
    })
  })
})

describe('a text body', () => {
  const TYPES = ['text/xml', 'text/html', 'text/calendar', 'application/json', 'text/plain']
  const HOSTILE = ['<', '<!--', '"', '<a ', '\\', '\n ', ':', '</script><script>', '<![CDATA[', '<?'].map((piece) =>
    piece.repeat(60_000 / piece.length),
  )

  it.each(TYPES)('of type %s is read in linear time, whatever is in it', (type) => {
    for (const text of HOSTILE) expect(parseTextBody(type, [text, { kind: 'name', name: 'key' }])).toBeDefined()
  })
})
