import { describe, expect, it } from 'vitest'
import { ENTRY, secret } from '../testing/sample-contract.ts'
import { jsonOf, RenderFailure, renderText, type Scope } from './evaluate.ts'
import { type Expression, parseTemplate, templateOf } from './template.ts'

const SCOPE: Scope = {
  entry: {
    ...ENTRY,
    payload:
      '{"amount": 12.50, "name": "Zo\\u00eb \\"Z\\"", "none": null, "tags": ["a", "B"], "a/b": true, "odd": "???", "padded": " a b\\n", "line": "a; b, c\\\\d\\r\\ne", "quoted": "it\'s", "bell": "\\u0007", "half": "\\ud800"}',
    prepared: '{"link": "https://up.example/7", "size": 10}',
  },
  key: 'k-1',
  externalId: 'inv_9',
  secret,
}

describe('a template', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['${key}', 'k-1'],
    ['a ${ key } b', 'a k-1 b'],
    ['${tenant}/${effect}', 'acme/invoice.issue'],
    ['${entry_id}', ENTRY.entryId],
    ['${created_at}', ENTRY.createdAt],
    ['${external_id}', 'inv_9'],
    ['${secret:TOKEN}', 'the-token'],
    ['${payload./amount}', '12.50'],
    ['${payload./name}', 'Zoë "Z"'],
    ['${payload./tags/1}', 'B'],
    ['${payload./tags}', '["a", "B"]'],
    ['${payload./a~1b}', 'true'],
    ['${lower(payload./tags/1)}', 'b'],
    ['${base64(key)}', 'ay0x'],
    ['${sha256(key)}', '7c35c5a1785d20704e44d5de4beb81c1fce91b6fe48ed7c3159af6f7f832078b'],
    ['${uuid5(key)}', expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)],
    ['${lower(base64(key))}', 'ay0x'],
    ['${upper(key)}', 'K-1'],
    ['${base64url(payload./odd)}', 'Pz8_'],
    ['${base64(payload./odd)}', 'Pz8/'],
    ['${trim(payload./padded)}', 'a b'],
    ['${json(payload./name)}', '"Zo\\u00eb \\"Z\\""'],
    ['${json(payload./amount)}', '12.50'],
    ['${json(payload./none)}', 'null'],
    ['${json(key)}', '"k-1"'],
    ['${json(json(key))}', '"\\"k-1\\""'],
    ['${xml(payload./name)}', 'Zoë &quot;Z&quot;'],
    ['${ical(payload./line)}', 'a\\; b\\, c\\\\d\\ne'],
    ['${sql(payload./quoted)}', "it''s"],
    ['${backslash(payload./quoted)}', "it\\'s"],
    ['${backslash(payload./name)}', 'Zoë \\"Z\\"'],
    ['${prepare.link}', 'https://up.example/7'],
    ['${prepare.size}', '10'],
    ['${base64(prepare.size)}', 'MTA='],
    ['$${key}', '${key}'],
    ['costs $5 {x}', 'costs $5 {x}'],
    ['a$${b}${key}', 'a${b}k-1'],
  ])('%j reads %j', (text, expected) => {
    expect(renderText(templateOf(text), SCOPE)).toEqual(expected)
  })

  it.each([
    ['${kee}', 'template_unknown_name'],
    ['${}', 'template_unknown_name'],
    ['${payload.amount}', 'template_invalid'],
    ['${payload./a~2}', 'template_invalid'],
    ['${secret:lower}', 'template_invalid'],
    ['${md5(key)}', 'template_unknown_name'],
    ['${sha256(kee)}', 'template_unknown_name'],
    ['${now}', 'template_not_repeatable'],
    ['${now()}', 'template_not_repeatable'],
    ['${random}', 'template_not_repeatable'],
    ['${uuid4()}', 'template_not_repeatable'],
    ['${timestamp}', 'template_not_repeatable'],
    ['${upper(nonce)}', 'template_not_repeatable'],
    ['${attempt}', 'template_not_repeatable'],
    ['${prepare.}', 'template_unknown_name'],
    ['${prepare.Link}', 'template_unknown_name'],
    ['${keep./charge}', 'template_unknown_name'],
    ['${prepare}', 'template_unknown_name'],
    ['${sha256(key, hex)}', 'template_unknown_name'],
    ['${eval(key)}', 'template_unknown_name'],
    ['${constructor(key)}', 'template_unknown_name'],
    ['${__proto__}', 'template_unknown_name'],
    ['x'.repeat(65_537), 'template_invalid'],
    ['${key', 'template_invalid'],
    ['${key + 1}', 'template_unknown_name'],
    [`\${${'lower('.repeat(9)}key${')'.repeat(9)}}`, 'template_invalid'],
  ])('%j is refused as %s', (text, code) => {
    expect(parseTemplate(text)).toMatchObject({ ok: false, code })
  })

  it.each([
    ['${payload./missing}', 'value_missing'],
    ['${payload./none}', 'value_missing'],
    ['${prepare.other}', 'value_missing'],
    ['${keep.charge}', 'value_missing'],
    ['${xml(payload./bell)}', 'value_does_not_fit'],
    ['${xml(payload./half)}', 'value_does_not_fit'],
    ['${ical(payload./bell)}', 'value_does_not_fit'],
  ])('%j has no value here', (text, code) => {
    expect(failureOf(() => renderText(templateOf(text), SCOPE))).toBe(code)
  })

  it('has no value for an external id that nobody knows, nor for a secret that is not configured', () => {
    expect(failureOf(() => renderText(templateOf('${external_id}'), { ...SCOPE, externalId: null }))).toBe(
      'value_missing',
    )
    expect(failureOf(() => renderText(templateOf('${secret:X}'), { ...SCOPE, secret: () => undefined }))).toBe(
      'secret_missing',
    )
  })

  it('keeps the spelling of a payload value as JSON, null included', () => {
    expect(jsonOf(expression('${payload./amount}'), SCOPE)).toBe('12.50')
    expect(jsonOf(expression('${payload./none}'), SCOPE)).toBe('null')
    expect(jsonOf(expression('${payload./name}'), SCOPE)).toBe('"Zo\\u00eb \\"Z\\""')
    expect(jsonOf(expression('${payload}'), SCOPE)).toBe(SCOPE.entry.payload)
    expect(jsonOf(expression('${key}'), SCOPE)).toBe('"k-1"')
  })

  it('is read in linear time, whatever is in it', () => {
    const hostile = [
      '${'.repeat(50_000),
      `\${${'a('.repeat(50_000)}}`,
      `\${payload.${'/a'.repeat(50_000)}}`,
      '$'.repeat(100_000),
    ]
    for (const text of hostile) expect(parseTemplate(text)).toBeDefined()
  })
})

function expression(text: string): Expression {
  const [first] = templateOf(text)
  if (first === undefined || typeof first === 'string') throw new Error('not an expression')
  return first
}

function failureOf(render: () => unknown): string {
  try {
    return String(render())
  } catch (error) {
    if (error instanceof RenderFailure) return error.code
    throw error
  }
}
