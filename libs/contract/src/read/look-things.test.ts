import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ANSWERED, CANARY, KEY, lookedAtBy, looking, reply } from '../testing/looking.ts'
import { UNANSWERED } from '../testing/sample-contract.ts'
import type { AnswerOrFailure } from './answer.ts'

const CONTENT = 'Zoë, 12.50 €'
const STORED = { ...UNANSWERED, payload: JSON.stringify({ content: CONTENT }) }
const raw = (content: string | Buffer, headers: Record<string, string> = {}, status = 200): AnswerOrFailure => {
  const bytes = Buffer.from(content)
  return { status, headers, body: bytes.toString('utf8'), bytes, truncated: false }
}

describe('a stored object', () => {
  const BYTES = lookedAtBy(`  by_key: { read: { url: "https://b.example/things/\${key}" } }
  present: { body: { sha256_of: call } }
  absent: [{ status: 404, decode: xml, match: { /Error/Code: NoSuchKey } }]`)

  it.each([
    ['the bytes that were sent', raw(CONTENT), 'present', 'present'],
    [
      'the bytes that were sent, with a wrong label',
      raw(CONTENT, { 'content-type': 'application/json' }),
      'present',
      'present',
    ],
    ['fewer bytes', raw(CONTENT.slice(0, -1)), 'mismatch', 'mismatch'],
    ['no bytes', raw(''), 'mismatch', 'mismatch'],
    ['the same text in another encoding', raw(Buffer.from('Zoë, 12.50', 'latin1')), 'mismatch', 'mismatch'],
    [
      'bytes that look the same as text',
      raw(Buffer.concat([Buffer.from(CONTENT), Buffer.from([0xff])])),
      'mismatch',
      'mismatch',
    ],
    ['a part of them', { ...raw(CONTENT), truncated: true }, 'inconclusive', 'look_truncated'],
    ['a redirect', raw('', { location: '/x' }, 302), 'inconclusive', 'look_http_302'],
    ['another 404', raw('<Error><Code>NoSuchBucket</Code></Error>', {}, 404), 'inconclusive', 'look_http_404'],
    ['the 404 that proves it', raw('<Error><Code>NoSuchKey</Code></Error>', {}, 404), 'absent', 'absent'],
  ])('that comes back as %s', (_, answer, verdict, cause) => {
    expect(looking(BYTES, [answer], STORED)).toMatchObject({ verdict, cause })
  })

  it('is compared without anybody knowing its bytes, too', () => {
    expect(looking(BYTES, [reply(CONTENT)], STORED).verdict).toBe('present')
  })

  const md5 = createHash('md5').update(CONTENT).digest('hex')
  const HEAD = lookedAtBy(`  by_key: { read: { method: HEAD, url: "https://b.example/things/\${key}" } }
  present: { header: { ETag: { re: '^(?:W/)?"([0-9a-f]{32})"$', equals: "\${payload./content}", by: md5 }, X-Key: "\${key}" } }
  removed: { status: 404, header: { x-delete-marker: "true" } }
  absent: [{ status: 404, header: { x-error-code: NoSuchKey } }]`)

  it.each([
    ['the hash and the key', { etag: `"${md5}"`, 'x-key': KEY }, 200, 'present'],
    ['a weak hash', { etag: `W/"${md5}"`, 'x-key': KEY }, 200, 'present'],
    ['another hash', { etag: `"${md5.replace(/^./, 'x')}"`, 'x-key': KEY }, 200, 'mismatch'],
    ['the key of another', { etag: `"${md5}"`, 'x-key': `${KEY}0` }, 200, 'mismatch'],
    ['no hash', { 'x-key': KEY }, 200, 'mismatch'],
    ['a mark of deletion', { 'x-delete-marker': 'true' }, 404, 'removed'],
    ['the header that proves it', { 'x-error-code': 'NoSuchKey' }, 404, 'absent'],
    ['any 404', {}, 404, 'inconclusive'],
  ])('that HEAD shows with %s', (_, headers, status, verdict) => {
    const seen = looking(HEAD, [raw('', headers, status)], STORED)
    expect(seen).toMatchObject({ verdict, asked: ['HEAD /things/cust-7%2F2026-11'] })
  })

  it('says which header differs', () => {
    expect(looking(HEAD, [raw('', { 'x-key': KEY })], STORED).what).toBe('found, but header etag differs')
  })
})

describe('an answer in XML', () => {
  const BUCKET = lookedAtBy(
    `  by_key:
    decode: xml
    read: { url: "https://b.example/?list-type=2&prefix=\${key}" }
    items: /ListBucketResult/Contents
    where: { /Key: "\${key}" }
    next: { query: { continuation-token: /ListBucketResult/NextContinuationToken }, while: /ListBucketResult/IsTruncated }
  present: { match: { /ETag: { re: '"(.+)"', equals: "\${payload./content}", by: md5 } } }
  canary: { url: https://b.example/?location }`,
    '  external_id: /Key\n  decode: xml',
  )
  const etag = createHash('md5').update(CONTENT).digest('hex')
  const object = (key: string) => `<Contents><Key>${key}</Key><ETag>&#34;${etag}&#34;</ETag></Contents>`
  const bucket = (contents: string, truncated = false) =>
    reply(
      `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${contents}
      <IsTruncated>${String(truncated)}</IsTruncated>${truncated ? '<NextContinuationToken>t+1</NextContinuationToken>' : ''}</ListBucketResult>`,
    )

  it.each([
    ['one', [bucket(object(KEY))], 'present'],
    ['one among others that begin alike', [bucket(object(`${KEY}0`) + object(KEY))], 'present'],
    ['one on the second page', [bucket(object('a'), true), bucket(object(KEY))], 'present'],
    ['two', [bucket(object(KEY) + object(KEY))], 'duplicate'],
    ['none', [bucket(''), reply('<LocationConstraint/>')], 'absent'],
    ['none, and the canary is silent', [bucket(''), reply('', 403)], 'inconclusive'],
    ['an error instead', [reply('<Error><Code>InternalError</Code></Error>')], 'inconclusive'],
    ['JSON instead', [reply({ Contents: [] })], 'inconclusive'],
    ['half a document', [reply('<ListBucketResult><IsTruncated>false</IsTruncated>')], 'inconclusive'],
  ])('lists %s', (_, answers, verdict) => {
    expect(looking(BUCKET, answers, STORED)).toMatchObject({ verdict })
  })

  it('gives the id of what was found, and asks on with what the page names', () => {
    const seen = looking(BUCKET, [bucket(object('a'), true), bucket(object(KEY))], STORED)
    expect(seen.externalId).toBe(KEY)
    expect(seen.asked[1]).toMatch(/&continuation-token=t%2B1$/)
  })

  const CALENDAR = lookedAtBy(`  by_key:
    decode: xml
    read: { method: PROPFIND, url: "https://b.example/cal/", headers: { depth: "1" } }
    items: /multistatus/response
    where: { /href: "/cal/\${key}.ics" }
  present:
    status: 207
    match: { /propstat/prop/calendar-data: { re: '(?m)^SUMMARY:(.*?)\\r?$', equals: "\${payload./content}" } }`)
  const events = (prefix: string, ...names: string[]) =>
    names.map(
      (name) => `<${prefix}response><${prefix}href>/cal/${name}.ics</${prefix}href><${prefix}propstat><${prefix}prop>
        <c:calendar-data xmlns:c="urn:c">BEGIN:VEVENT&#13;\nSUMMARY:${CONTENT}&#13;\nEND:VEVENT</c:calendar-data></${prefix}prop></${prefix}propstat></${prefix}response>`,
    )
  const multistatus = (prefix: string, ...names: string[]) =>
    raw(
      `<${prefix}multistatus xmlns${prefix && ':'}${prefix.slice(0, -1)}="DAV:">${events(prefix, ...names).join('')}</${prefix}multistatus>`,
      {},
      207,
    )

  it.each(['', 'd:', 'D:', 'ns0:'])('means the same whatever the prefix is: "%s"', (prefix) => {
    expect(looking(CALENDAR, [multistatus(prefix, `${KEY}0`, KEY)], STORED).verdict).toBe('present')
    expect(looking(CALENDAR, [multistatus(prefix, `${KEY}0`)], STORED).verdict).toBe('absent')
    expect(looking(CALENDAR, [multistatus(prefix)], STORED).verdict).toBe('absent')
  })
})

describe('an answer in text or as a form', () => {
  it.each([
    [`id=${KEY}; state=sent`, 'present'],
    [`id=${KEY}0; state=sent`, 'mismatch'],
    [`id=${KEY}; state=queued`, 'pending'],
    ['no such message', 'absent'],
    ['', 'mismatch'],
  ])('%j is %s', (body, verdict) => {
    const contract = lookedAtBy(`  by_key: { decode: text, read: { url: "https://b.example/m?id=\${key}" } }
  present: { match: { "": { re: "^id=([^;]+); state=sent$", equals: "\${key}" } } }
  pending: { match: { "": { re: "state=queued" } } }
  absent: [{ match: { "": { re: "^no such message" } } }]`)
    expect(looking(contract, [reply(body)]).verdict).toBe(verdict)
  })

  it.each([
    [`id=${encodeURIComponent(KEY)}&amount=12.50`, 'present'],
    [`id=${encodeURIComponent(KEY)}&amount=13`, 'mismatch'],
    ['error=not_found', 'absent'],
    ['<html>', 'inconclusive'],
  ])('%j is %s', (body, verdict) => {
    const contract = lookedAtBy(`  by_key: { decode: form, read: { url: "https://b.example/m?id=\${key}" } }
  present: { match: { /id: "\${key}", /amount: { equals: "\${payload./amount}", by: number } } }
  absent: [{ match: { /error: not_found } }]`)
    expect(looking(contract, [reply(body)]).verdict).toBe(verdict)
  })
})

describe('several effects of one entry', () => {
  const CONTRACT = lookedAtBy(`  by_key:
    read: { url: "https://b.example/parcels?key=\${key}" }
    items: ""
    where: { /key: "\${key}" }
  present: { expect: 3, match: { /amount: "\${payload./amount}" } }
  failed: { match: { /state: void } }
  pending: { match: { /state: new } }`)
  const parcel = (id: number, more: object = {}) => ({ id, key: KEY, amount: 12.5, ...more })

  it.each([
    ['all', [parcel(1), parcel(2), parcel(3)], 'present', 'present'],
    ['some', [parcel(1), parcel(2)], 'pending', 'partial'],
    ['one', [parcel(1)], 'pending', 'partial'],
    ['none', [], 'absent', 'absent'],
    ['more', [parcel(1), parcel(2), parcel(3), parcel(4)], 'duplicate', 'duplicate_at_provider'],
    ['all, one of them other', [parcel(1), parcel(2, { amount: 1 }), parcel(3)], 'mismatch', 'mismatch'],
    ['all, one of them not finished', [parcel(1), parcel(2, { state: 'new' }), parcel(3)], 'pending', 'pending'],
    ['some, one of them void', [parcel(1), parcel(2, { state: 'void' })], 'failed', 'failed_at_provider'],
    [
      'all, one void and one other',
      [parcel(1, { amount: 1 }), parcel(2, { state: 'void' }), parcel(3)],
      'failed',
      'failed_at_provider',
    ],
  ])('are %s', (_, items, verdict, cause) => {
    expect(looking(CONTRACT, [reply(items)])).toMatchObject({ verdict, cause, externalId: null })
  })

  it('are told by their number', () => {
    expect(looking(CONTRACT, [reply([parcel(1), parcel(2)])]).what).toBe('2 of 3 effects found')
  })
})

describe('a job that the provider works on', () => {
  const CONTRACT = lookedAtBy(
    `  by_key:
    read: { url: "https://b.example/exports?ref=\${key}" }
    items: /exports
    where: { /ref: "\${key}" }
    present: { match: { /ref: "\${key}" } }
  by_id:
    read: { url: "https://b.example/jobs/\${external_id}" }
    pending: { status: 202 }
    failed: { match: { /state: failed } }
    present: { status: [200, 303], match: { /state: finished, /ref: "\${key}" } }
    absent: [{ status: 404, match: { /code: no_such_job } }]
    removed: { status: 410 }`,
    '  external_id: { header: location, re: "/jobs/([^/]+)$" }',
  )
  const job = { ...ANSWERED, externalId: 'j 1' }

  it.each([
    ['under way', reply('', 202), 'pending'],
    ['under way, with any body', reply({ state: 'failed' }, 202), 'pending'],
    ['finished', reply({ state: 'finished', ref: KEY }), 'present'],
    ['finished for another', reply({ state: 'finished', ref: `${KEY}0` }), 'mismatch'],
    ['failed', reply({ state: 'failed' }), 'failed'],
    ['gone', reply('', 410), 'removed'],
    ['not known', reply({ code: 'no_such_job' }, 404), 'absent'],
    ['not known, in other words', reply({}, 404), 'inconclusive'],
    ['behind a gateway that is down', reply('', 502), 'inconclusive'],
  ])('is %s', (_, answer, verdict) => {
    expect(looking(CONTRACT, [answer], job)).toMatchObject({ verdict, by: 'id', asked: ['/jobs/j%201'] })
  })

  it('is looked for by the key after a second call, because only that sees a double', () => {
    const two = [reply({ exports: [{ ref: KEY }, { ref: KEY }] })]
    expect(looking(CONTRACT, two, { ...job, calls: 2 })).toMatchObject({ verdict: 'duplicate', by: 'key' })
  })
})

describe('what a request accepts', () => {
  const accepted = (decode: string, more = '') => {
    const contract = lookedAtBy(
      `  by_key: { decode: ${decode}, read: { url: "https://b.example/c?key=\${key}"${more} } }`,
      `  decode: ${decode}\n  external_id: { re: x }`,
    )
    const looks = contract.verify.kind === 'looks' ? [contract.verify.byKey.read] : []
    return [contract.call, ...looks].map((each) => ('headers' in each ? new Map(each.headers).get('accept') : null))
  }

  it.each([
    ['json', '', [['application/json'], ['application/json']]],
    ['xml', '', [['application/xml, text/xml'], ['application/xml, text/xml']]],
    ['text', '', [['*/*'], ['*/*']]],
    ['form', '', [['*/*'], ['*/*']]],
    ['json', ', method: HEAD', [['application/json'], ['*/*']]],
    ['xml', ', headers: { Accept: text/calendar }', [['application/xml, text/xml'], ['text/calendar']]],
  ])('to read %s%s', (decode, more, expected) => {
    expect(accepted(decode, more)).toEqual(expected)
  })
})

describe('what is kept of a thing', () => {
  const CONTRACT = lookedAtBy(`  by_key: { read: { url: "https://b.example/c?key=\${key}" } }
  present: { match: { /key: "\${key}" } }
  keep: { charge: /latest_charge, sum: /sum, live: /live, note: /note, all: "" }`)
  const kept = (thing: object | string) => looking(CONTRACT, [reply(thing)]).kept

  it.each([
    [
      'texts, numbers as written, booleans',
      `{"key":"${KEY}","latest_charge":"ch_1","sum":12345678901234567890,"live":true}`,
      '{"charge":"ch_1","sum":12345678901234567890,"live":true,"note":null,"all":null}',
    ],
    [
      'nothing of maps and lists',
      { key: KEY, latest_charge: { id: 1 }, sum: [1] },
      '{"charge":null,"sum":null,"live":null,"note":null,"all":null}',
    ],
    ['lines', { key: KEY, note: 'a\n"b"' }, '{"charge":null,"sum":null,"live":null,"note":"a\\n\\"b\\"","all":null}'],
    ['no zeros', { key: KEY, note: 'a\0b' }, '{"charge":null,"sum":null,"live":null,"note":null,"all":null}'],
    [
      'no long texts',
      { key: KEY, note: 'é'.repeat(513) },
      '{"charge":null,"sum":null,"live":null,"note":null,"all":null}',
    ],
  ])('is %s', (_, thing, text) => {
    expect(kept(thing)).toBe(text)
  })

  it('is nothing of what is not as it should be', () => {
    expect(kept({ key: 'another' })).toBeNull()
  })

  it('is nothing where the contract keeps nothing', () => {
    const contract = lookedAtBy('  by_key: { read: { url: "https://b.example/c?key=${key}" } }')
    expect(looking(contract, [CANARY]).kept).toBeNull()
  })
})
