import { describe, expect, it } from 'vitest'
import { CANARY, KEY, lookedAtBy, looking, reply } from '../testing/looking.ts'
import { UNANSWERED } from '../testing/sample-contract.ts'
import type { AnswerOrFailure } from './answer.ts'

const ours = (id = 'a1', more: object = {}) => ({ id, key: KEY, amount: 12.5, ...more })
const other = (id: string, more: object = {}) => ({ id, key: `${KEY}0`, ...more })

const listed = (next: string, more = '') =>
  lookedAtBy(
    `  by_key:
    read: { url: "https://b.example/things?key=\${key}" }
    items: /data
    where: { /key: "\${key}" }
    next: ${next}
${more}  present: { match: { /amount: "\${payload./amount}" } }
  canary: { url: https://b.example/account }`,
    '  external_id: /id',
  )

describe('the next page by a URL in the body', () => {
  const CONTRACT = listed('{ url: /next }')
  const page = (items: object[], next: unknown) => reply({ data: items, next })

  it.each([
    ['a full one', 'https://b.example/things?page=2', '/things?page=2'],
    ['a path', '/things?page=2', '/things?page=2'],
    ['a query alone', '?page=2', '/things?page=2'],
    ['one with a fragment', '/things?page=2#top', '/things?page=2'],
  ])('is asked for: %s', (_, next, asked) => {
    const seen = looking(CONTRACT, [page([other('x')], next), page([ours()], null)])
    expect(seen).toMatchObject({ verdict: 'present', externalId: 'a1', pages: 2 })
    expect(seen.asked[1]).toBe(asked)
  })

  it.each([null, '', false, undefined])('is not there where it is %j', (next) => {
    expect(looking(CONTRACT, [page([ours()], next)]).verdict).toBe('present')
  })

  it.each([
    ['on another host', 'https://evil.example/things?page=2'],
    ['on another port', 'https://b.example:8443/things?page=2'],
    ['without encryption', 'http://b.example/things?page=2'],
    ['on another host without a scheme', '//evil.example/things'],
    ['on another host behind a backslash', '\\\\evil.example/things'],
    ['with a user of its own', 'https://u:p@b.example/things?page=2'],
    ['of another scheme', 'file:///etc/passwd'],
    ['that is a number', 2],
    ['that is a map', { href: '/things?page=2' }],
    ['that has a line break', '/things?page=2\r\nX: y'],
    ['that has no end', `/things?page=${'2'.repeat(9_000)}`],
  ])('is not asked for %s, and then nothing was learned', (_, next) => {
    expect(looking(CONTRACT, [page([ours()], next)])).toMatchObject({
      verdict: 'inconclusive',
      cause: 'page_elsewhere',
    })
  })

  it('is inconclusive when it leads back to the first', () => {
    const first = page([other('x')], `/things?key=${encodeURIComponent(KEY)}`)
    expect(looking(CONTRACT, [first])).toMatchObject({ verdict: 'inconclusive', cause: 'page_repeated' })
  })
})

describe('the next page by a Link header', () => {
  const CONTRACT = lookedAtBy(`  by_key:
    read: { url: "https://b.example/things?key=\${key}" }
    items: ""
    where: { /key: "\${key}" }
    next: { link: next }`)
  const page = (items: object[], link?: string) => reply(items, 200, link === undefined ? {} : { link })

  it.each([
    ['</things?page=2>; rel="next"', '/things?page=2'],
    ['</things?page=1>; rel="prev", </things?page=2,3>; rel=next', '/things?page=2,3'],
    ['<https://b.example/things?page=2>; title="a, \\"b\\""; REL="last next"', '/things?page=2'],
    ['<?page=2>;rel=Next', '/things?page=2'],
  ])('%s is %s', (link, asked) => {
    expect(looking(CONTRACT, [page([], link), page([ours()])])).toMatchObject({
      verdict: 'present',
      asked: [expect.anything(), asked],
    })
  })

  it.each([
    undefined,
    '',
    '</things?page=1>; rel="prev"',
    '</things?page=2>; rel="nextone"',
    '</things?page=2>',
    '</things',
    '</x>; title="; rel=next"',
  ])('is not there in %j', (link) => {
    expect(looking(CONTRACT, [page([ours()], link)]).verdict).toBe('present')
  })

  it('is inconclusive on another host', () => {
    const link = '<https://evil.example/>; rel="next"'
    expect(looking(CONTRACT, [page([ours()], link)])).toMatchObject({
      verdict: 'inconclusive',
      cause: 'page_elsewhere',
    })
  })
})

describe('a list sorted newest first', () => {
  const CONTRACT = listed(
    '{ query: { after: /data/-1/id }, while: /more, until: { at: /made, before: "${created_at}" } }',
  )
  // The entry is of 17:00:00; the margin is five minutes.
  const page = (times: unknown[], more = true): AnswerOrFailure =>
    reply({ data: times.map((made, index) => other(`x${index}-${String(made)}`, { made })), more })

  it.each([
    ['before the entry was made, beyond the margin', ['2026-11-22T17:30:00Z', '2026-11-22T16:54:59Z']],
    ['by seconds since 1970', [1795370400, 1795366499]],
    ['by milliseconds since 1970', [1795370400000, 1795366499000]],
    ['by seconds in a text', ['1795370400', '1795366499.5']],
    ['in another zone', ['2026-11-22T18:30:00+01:00', '2026-11-22T17:54:59+01:00']],
    ['all of the same time', ['2026-11-22T16:00:00Z', '2026-11-22T16:00:00Z']],
  ])('is not read beyond a page that ends %s', (_, times) => {
    expect(looking(CONTRACT, [page(times), CANARY])).toMatchObject({ verdict: 'absent', pages: 1 })
  })

  it.each([
    ['within the margin', ['2026-11-22T17:30:00Z', '2026-11-22T16:55:01Z']],
    ['out of order', ['2026-11-22T16:00:00Z', '2026-11-22T17:30:00Z', '2026-11-22T16:00:00Z']],
    ['oldest first', ['2026-11-22T15:00:00Z', '2026-11-22T16:00:00Z']],
    ['without a time', ['2026-11-22T17:30:00Z', undefined]],
    ['with a time without a zone', ['2026-11-22T16:00:00']],
    ['with a day alone', ['2026-11-20']],
    ['with words', ['yesterday']],
    ['with nothing on it', []],
  ])('is read on from a page %s', (_, times) => {
    const seen = looking(
      CONTRACT,
      [page(times), reply({ data: [ours()], more: false })].slice(0, times.length === 0 ? 1 : 2),
    )
    expect(seen.verdict).toBe(times.length === 0 ? 'inconclusive' : 'present')
  })

  it('still counts what is on the page where it ends', () => {
    const data = [ours('a1', { made: '2026-11-22T17:00:01Z' }), other('x', { made: '2026-11-22T10:00:00Z' })]
    expect(looking(CONTRACT, [reply({ data, more: true })])).toMatchObject({ verdict: 'present', pages: 1 })
  })
})

describe('a provider that lists loosely', () => {
  const CONTRACT = listed('{ query: { after: /cursor }, max_pages: 4 }')
  const page = (items: unknown[], cursor: string | null = null) => reply({ data: items, cursor })

  it('finds k10 for k1, and that is not ours', () => {
    expect(looking(CONTRACT, [page([other('x')]), CANARY]).verdict).toBe('absent')
    expect(looking(CONTRACT, [page([other('x'), ours()])]).verdict).toBe('present')
  })

  it('ignores the filter and returns everything', () => {
    const everything = Array.from({ length: 500 }, (_, index) => ({ id: `x${index}`, key: `key-${index}` }))
    expect(looking(CONTRACT, [page(everything), CANARY]).verdict).toBe('absent')
    expect(looking(CONTRACT, [page([...everything, ours()])]).verdict).toBe('present')
  })

  it('returns things without the field, and things that are none', () => {
    expect(
      looking(CONTRACT, [page([{ id: 'x' }, null, 7, 'key', [], { key: null }, { key: [KEY] }]), CANARY]).verdict,
    ).toBe('absent')
  })

  it('has our key in another case, and that is not ours', () => {
    expect(looking(CONTRACT, [page([{ id: 'x', key: KEY.toUpperCase() }]), CANARY]).verdict).toBe('absent')
  })

  it('ends at page one although there is more', () => {
    const more = listed('{ query: { after: /cursor }, while: /has_more }')
    expect(looking(more, [reply({ data: [], has_more: true })])).toMatchObject({ cause: 'page_without_cursor' })
  })

  it.each([
    ['1', 'inconclusive'],
    ['false', 'inconclusive'],
    ['', 'absent'],
    [false, 'absent'],
    [0, 'absent'],
    [null, 'absent'],
  ])('says %j where it says whether there is more, and that is %s', (more, verdict) => {
    const contract = listed('{ query: { after: /cursor }, while: /more }')
    const answers = verdict === 'absent' ? [reply({ data: [], more }), CANARY] : [reply({ data: [], more })]
    expect(looking(contract, answers).verdict).toBe(verdict)
  })

  it.each([
    ['the cursor restarts', [page([other('a')], 'c1'), page([other('b')], 'c2'), page([other('a')], 'c1')]],
    [
      'a page comes again under another cursor',
      [page([other('a')], 'c1'), page([other('b')], 'c2'), page([other('a')], 'c1')],
    ],
    ['the same cursor comes back', [page([other('a')], 'c1'), page([other('b')], 'c1')]],
    ['ours is on a page that comes again', [page([ours()], 'c1'), page([ours()], 'c1')]],
  ])('shows pages twice: %s', (_, answers) => {
    expect(looking(CONTRACT, answers)).toMatchObject({ verdict: 'inconclusive', cause: 'page_repeated' })
  })

  it('pushes ours onto the next page while we read, and that is no double', () => {
    expect(looking(CONTRACT, [page([other('a'), ours()], 'c1'), page([ours(), other('b')])]).verdict).toBe('present')
  })

  it.each([
    ['on one page', [page([ours(), ours()])]],
    ['with other ids', [page([ours()], 'c1'), page([ours('a2')])]],
    ['with the same id, and otherwise different', [page([ours()], 'c1'), page([ours('a1', { amount: 13 })])]],
    ['without ids', [page([{ key: KEY, amount: 12.5 }], 'c1'), page([{ key: KEY, amount: 12.5 }])]],
  ])('shows ours twice %s, and that is a double', (_, answers) => {
    expect(looking(CONTRACT, answers).verdict).toBe('duplicate')
  })

  it('is not asked about what the entry does not have: everything without it would be ours', () => {
    const contract = lookedAtBy(`  by_key:
    read: { url: "https://b.example/things?key=\${key}" }
    items: /data
    where: { /ref: "\${payload./ref}" }`)
    const things = [page([{ id: 'x' }])]
    expect(looking(contract, things)).toMatchObject({ verdict: 'inconclusive', cause: 'value_missing' })
    expect(looking(contract, things, { ...UNANSWERED, payload: '{"ref":7}' })).toMatchObject({ verdict: 'absent' })
  })

  it('has texts too long to be searched, and then nothing was learned', () => {
    const contract = lookedAtBy(`  by_key:
    read: { url: "https://b.example/things?q=\${key}" }
    items: /data
    where: { /note: { re: "rb:(\\\\S+)", equals: "\${key}" } }`)
    expect(looking(contract, [page([{ note: `hello rb:${KEY} hello` }])]).verdict).toBe('present')
    expect(looking(contract, [page([{ note: `hello rb:${KEY}0` }])]).verdict).toBe('absent')
    expect(looking(contract, [page([{ note: `${' '.repeat(70_000)}rb:${KEY}` }])])).toMatchObject({
      verdict: 'inconclusive',
      cause: 'text_too_long',
    })
  })
})
