import { describe, expect, it } from 'vitest'
import { parseContract } from './parse-contract.ts'
import { formatProblem } from './problem.ts'

const HEAD = `effect: a
version: 1
call: { method: POST, url: https://b.example/, body: { json: "\${payload}" }, timeout: 10s }
provider: { key: { in: header, at: K, lifetime: 24h }, repeat: same_answer }
on_unknown: reconcile
rollback: { strategy: none }
`
const LIST = 'read: { url: "https://b.example/?k=${key}" }, items: /data, where: { /key: "${key}" }'
const ONE = 'read: { url: "https://b.example/?k=${key}" }, absent: [{ status: 404, match: { /code: x } }]'

const sentences = (text: string): string[] => {
  const parsed = parseContract(text, 'f.yaml')
  return (parsed.ok ? parsed.warnings : parsed.problems).map(formatProblem)
}

describe('what a look could not tell is refused at its place', () => {
  it.each([
    [
      'a filter that all entries share',
      'read: { url: "https://b.example/?k=${key}" }, items: /data, where: { /key: invoice }',
      '',
      '88 verify.by_key.where: expected something of this entry in where, got only what all entries share. Write: where: { /metadata/key: "${key}" }',
    ],
    [
      'a filter that only looks like a template',
      'read: { url: "https://b.example/?k=${key}" }, items: /data, where: { /key: "$${key}" }',
      '',
      '88 verify.by_key.where: expected something of this entry in where, got only what all entries share. Write: where: { /metadata/key: "${key}" }',
    ],
    [
      'an empty filter',
      'read: { url: "https://b.example/?k=${key}" }, items: /data, where: {}',
      '',
      '88 verify.by_key.where: expected at least one JSON Pointer with what must stand there, got a map. Write: where: { /metadata/key: "${key}" }',
    ],
    [
      'two ways to the next page',
      LIST + ', next: { link: next, url: /next }',
      '',
      '114 verify.by_key.next: expected one of query, url, link, got url and link. Write: next: { query: { starting_after: /data/-1/id }, while: /has_more }, { url: /next } or { link: next }',
    ],
    [
      'no way to the next page',
      LIST + ', next: { while: /more }',
      '',
      '114 verify.by_key.next: expected one of query, url, link, got none. Write: next: { query: { starting_after: /data/-1/id }, while: /has_more }, { url: /next } or { link: next }',
    ],
    [
      'pages of one thing',
      ONE + ', next: { link: next }',
      '',
      '121 verify.by_key.next: expected items beside next, got next alone. Write: items: /data',
    ],
    [
      'a relation that is none',
      LIST + ', next: { link: last }',
      '',
      '122 verify.by_key.next.link: expected next, got "last". Write: link: next',
    ],
    [
      'an end by a time that is not there',
      LIST + ', next: { link: next, until: { at: /made, before: "${made}" } }',
      '',
      '156 verify.by_key.next.until.before: expected one of payload, payload./pointer, key, external_id, tenant, effect, entry_id, created_at, prepare.NAME, keep.NAME, secret:NAME or a function, got "${made}". Write: "${key}", "${payload./amount}" or "${secret:NAME}"; $${ stands for a plain ${',
    ],
    [
      'several effects in one thing',
      ONE + ', present: { expect: 2 }',
      '',
      '134 verify.by_key.present.expect: expected items in by_key, since 2 effects are expected, got a look that sees one. Write: items: /data, and where',
    ],
    [
      'several effects by one id',
      LIST + ', present: { expect: 2 }',
      ', by_id: { read: { url: "https://b.example/${external_id}" }, absent: [{ status: 404, match: { /c: 1 } }], present: { expect: 2 } }',
      '258 verify.by_id.present.expect: expected items in by_id, since 2 effects are expected, got a look that sees one. Write: by_key alone, or present: { ... } in by_key',
    ],
    [
      'several effects in one thing, said for all looks',
      ONE,
      ', present: { expect: 2 }',
      '136 verify.present.expect: expected items in by_key, since 2 effects are expected, got a look that sees one. Write: items: /data, and where',
    ],
    [
      'values of several effects',
      LIST + ', present: { expect: 2 }',
      ', keep: { a: /a }',
      '140 verify.keep: expected one effect, since keep takes values of one, got several. Write: no keep',
    ],
    [
      'no effect at all',
      LIST + ', present: { expect: 0 }',
      '',
      '127 verify.by_key.present.expect: expected a number of effects, got 0. Write: expect: 3',
    ],
    [
      'a state that everything is in',
      ONE + ', pending: {}',
      '',
      '124 verify.by_key.pending: expected match, header or status, got none: everything would be so. Write: pending: { match: { /status: pending } }',
    ],
    [
      'a header of an item',
      LIST + ', present: { header: { etag: "${key}" } }',
      '',
      '127 verify.by_key.present.header: expected match, since by_key reads a list, got header, which belongs to the answer as a whole. Write: match, or present in the other look',
    ],
    [
      'a status of an item',
      LIST + ', removed: { status: 410 }',
      '',
      '127 verify.by_key.removed.status: expected match, since by_key reads a list, got status, which belongs to the answer as a whole. Write: match, or removed in the other look',
    ],
    [
      'the bytes of a list',
      LIST + ', present: { body: { sha256_of: call } }',
      '',
      '125 verify.by_key.present.body: expected match, since by_key reads a list, got body, which belongs to the answer as a whole. Write: match, or present in the other look',
    ],
    [
      'the body of HEAD',
      'read: { method: HEAD, url: "https://b.example/?k=${key}" }, absent: [{ status: 404, header: { x: y } }], present: { match: { /a: 1 } }',
      '',
      '144 verify.by_key.present.match: expected header, since the answer to HEAD has no body, got a place in one. Write: header: { etag: ... }, or method: GET',
    ],
    [
      'the bytes of HEAD',
      'read: { method: HEAD, url: "https://b.example/?k=${key}" }, absent: [{ status: 404, header: { x: y } }], present: { body: { sha256_of: call } }',
      '',
      '143 verify.by_key.present.body: expected header, since the answer to HEAD has no body, got a place in one. Write: header: { etag: ... }, or method: GET',
    ],
    [
      'a list by HEAD',
      'read: { method: HEAD, url: "https://b.example/?k=${key}" }, items: /data, where: { /key: "${key}" }',
      '',
      '88 verify.by_key.items: expected header, since the answer to HEAD has no body, got a place in one. Write: header: { etag: ... }, or method: GET',
    ],
    [
      'a canary that may change something',
      ONE,
      ', canary: { method: POST, url: https://b.example/ }',
      '135 verify.canary.method: expected a method that is known to be safe, got POST: a look is repeated freely. Write: method: GET, or safe: true if it changes nothing',
    ],
    [
      'a place in a text',
      ONE + ', decode: text',
      '',
      '107 verify.by_key.absent[0].match[/code]: expected "", the whole text, since decode is text, got a place inside. Write: match: { "": { re: "id=([0-9]+)" } }',
    ],
    [
      'all fields of a text',
      'read: { url: "https://b.example/?k=${key}" }, decode: text, absent: [{ match: { "": x } }], present: { match: all }',
      '',
      '131 verify.by_key.present.match: expected "", the whole text, since decode is text, got a place inside. Write: match: { "": { re: "id=([0-9]+)" } }',
    ],
    [
      'a missing place in a text',
      'read: { url: "https://b.example/?k=${key}" }, decode: text, absent: [{ match: { "": x }, missing: /a }]',
      '',
      '119 verify.by_key.absent[0].missing: expected "", the whole text, since decode is text, got a place inside. Write: match: { "": { re: "id=([0-9]+)" } }',
    ],
    [
      'a list in a form',
      LIST + ', decode: form',
      '',
      '74 verify.by_key.items: expected no items, since decode is form, got a list. Write: decode: json or xml, or a look at one thing',
    ],
    [
      'a document as a list',
      'read: { url: "https://b.example/?k=${key}" }, decode: xml, items: "", where: { /key: "${key}" }',
      '',
      '87 verify.by_key.items: expected the elements by name, since decode is xml, got the whole document. Write: items: /ListBucketResult/Contents',
    ],
    [
      'a decoding that is none',
      ONE + ', decode: yaml',
      '',
      '123 verify.by_key.decode: expected one of json, xml, text, form, got "yaml". Write: decode: xml',
    ],
    [
      'a pattern that ends in the middle',
      ONE + ', present: { match: { /a: { re: "(x" } } }',
      '',
      '145 verify.by_key.present.match[/a].re: expected a pattern in the syntax of RE2, got missing closing ): "(x". Write: re: "id=([0-9]+)"; (?: ) is a group that takes nothing',
    ],
    [
      'a pattern that looks back',
      ONE + ", present: { match: { /a: { re: '(x)\\1' } } }",
      '',
      '145 verify.by_key.present.match[/a].re: expected a pattern in the syntax of RE2, got invalid escape sequence: "\\1". Write: re: "id=([0-9]+)"; (?: ) is a group that takes nothing',
    ],
    [
      'a pattern with two groups',
      ONE + ', present: { header: { a: { re: "(x)(y)" } } }',
      '',
      '145 verify.by_key.present.header.a.re: expected a pattern with at most one group, got 2. Write: re: "id=([0-9]+)"; (?: ) is a group that takes nothing',
    ],
    [
      'a pattern in a filter',
      'read: { url: "https://b.example/?k=${key}" }, items: /data, where: { /key: { re: "[", equals: "${key}" } }',
      '',
      '102 verify.by_key.where[/key].re: expected a pattern in the syntax of RE2, got missing closing ]: "[". Write: re: "id=([0-9]+)"; (?: ) is a group that takes nothing',
    ],
    [
      'a comparator that is none',
      ONE + ', present: { match: { all: true, by: { /a: round } } }',
      '',
      '156 verify.by_key.present.match.by[/a]: expected one of number, lower, trim, base64, json, sha256, md5, got "round". Write: one of number, lower, trim, base64, json, sha256, md5',
    ],
    [
      'a comparison with nothing',
      ONE + ', present: { match: { /a: { by: lower } } }',
      '',
      '139 verify.by_key.present.match[/a]: expected a value, { equals: ..., by: number | lower | trim | base64 | json | sha256 | md5 }, { re: ..., equals: ... } or { exists: true }, got a map. Write: match: { /amount: "${payload./amount}" }',
    ],
    [
      'a header without a test',
      ONE + ', present: { header: {} }',
      '',
      '134 verify.by_key.present.header: expected at least one header with what it must hold, got a map. Write: at least one header with what it must hold',
    ],
    [
      'a class of statuses that is none',
      ONE + ', present: { status: 6xx }',
      '',
      '134 verify.by_key.present.status: expected an HTTP status or a class such as 5xx, got "6xx". Write: status: 200',
    ],
    [
      'a kept value at no place',
      ONE,
      ', keep: { a: a }',
      '128 verify.keep.a: expected a JSON Pointer, empty or starting with /, got "a". Write: a JSON Pointer, empty or starting with /',
    ],
    [
      'an absence that nothing proves',
      'read: { url: "https://b.example/?k=${key}" }, absent: [{}]',
      '',
      '76 verify.by_key.absent[0]: expected something that proves absence, got an empty rule. Write: { items: 0 }',
    ],
  ])('%s', (_, look, rest, sentence) => {
    expect(sentences(`${HEAD}verify: { by_key: { ${look} }${rest} }\n`)).toEqual([`f.yaml:7:${sentence}`])
  })
})

describe('a look that proves and compares', () => {
  const looking = (look: string, risk = 'high') => sentences(`${HEAD}risk: ${risk}\nverify: { by_key: { ${look} } }\n`)
  const present = (rule: string) => looking(`${ONE}, present: ${rule}`)

  it.each([
    '{ match: all }',
    '{ match: { all: true } }',
    '{ match: { all: true, except: [/note] } }',
    '{ match: { all: true, at: /fields, by: { /amount: number }, also: { /state: open } } }',
    '{ match: { /a: "${payload./a}" } }',
    '{ match: { /a: { re: "n=(.*)", equals: "${payload./a}", by: sha256 } } }',
    '{ header: { x-a: "${payload./a}" } }',
    '{ body: { sha256_of: call } }',
  ])('compares with present: %s', (rule) => {
    expect(present(rule)).toEqual([])
  })

  it.each([
    '{ status: 2xx }',
    '{ match: { all: true, except: [""] } }',
    '{ match: { /a: { exists: true } } }',
    '{ match: { /a: { re: "x" } } }',
    '{ match: { /a: "${key}" } }',
    '{ header: { x-a: x } }',
  ])('compares nothing with present: %s', (rule) => {
    expect(present(rule)[0]).toContain(
      'verify.by_key.present: expected a comparison with the payload, since risk is high, got none',
    )
  })

  it.each([
    ['{ status: 404 }', 'a match beside the status, got a bare status'],
    [
      '{ missing: /invoice }',
      'a match that proves the place beside missing, got none: a wrong document lacks everything',
    ],
  ])('is warned of what proves little: %s', (rule, what) => {
    expect(looking(ONE.replace(/\{ status.*\}(?=\])/, rule), 'low')[0]).toContain(
      `warning: verify.by_key.absent[0]: expected ${what}`,
    )
  })

  it.each([
    'all',
    '{ all: true, except: [/note] }',
    '{ /key: { re: "rb:(.*)", equals: "${key}" } }',
    '{ /n: "${payload./n}" }',
  ])('filters by where: %s', (where) => {
    expect(looking(LIST.replace('{ /key: "${key}" }', where), 'low')).toEqual([])
  })

  it.each([
    '{ status: 404, header: { x-code: NoSuchKey } }',
    '{ status: 404, decode: text, match: { "": { re: "no such key" } } }',
    '{ match: { /object: list }, missing: /invoice }',
  ])('proves with %s', (rule) => {
    expect(looking(ONE.replace(/\{ status.*\}(?=\])/, rule), 'low')).toEqual([])
  })
})
