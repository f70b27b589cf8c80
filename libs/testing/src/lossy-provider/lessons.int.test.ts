import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../wait-for.ts'
import { lessonCollections } from './lessons.ts'
import type { LossyProvider } from './lossy-provider.ts'
import { startLossyProvider } from './start-lossy-provider.ts'

let provider: LossyProvider

beforeAll(async () => {
  provider = await startLossyProvider({ collections: lessonCollections() })
})
afterEach(() => provider.reset())
afterAll(() => provider.stop())

type Ask = { method?: string; headers?: Record<string, string>; key?: string; body?: unknown; type?: string }

async function ask(path: string, { method, headers = {}, key, body, type = 'application/json' }: Ask = {}) {
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${provider.url}/v1/${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(key && { 'idempotency-key': key }),
      ...(body !== undefined && { 'content-type': type }),
      ...headers,
    },
    ...(body !== undefined && { body: sent }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
}

const write = async (path: string, body: unknown, more: Ask = {}) => (await ask(path, { body, ...more })).status
const marked = (key: string, body: object = {}) => ({ ...body, metadata: { key } })
const held = async (collection: string) =>
  (await provider.effects(collection)).map(({ id, key, body }) => ({ id, key, body }))
const list = async (path: string) => (await ask(path)).json().data as { id: string; metadata: { key: string } }[]

describe('keys', () => {
  it('in the path name the thing, are cut without a word, and are overwritten', async () => {
    expect(await write('documents/a-name-of-more-than-twenty', { n: 1 }, { method: 'PUT' })).toBe(201)
    expect(await write('documents/a-name-of-more-than-another', { n: 2 }, { method: 'PUT' })).toBe(200)
    expect(await held('documents')).toMatchObject([{ id: 'a-name-of-more-than-', body: { n: 2 } }])
    expect((await ask('documents/a-name-of-more-than-twenty')).status).toBe(404)
  })

  it('in the query make one thing, and are refused when malformed', async () => {
    const uuid = '6ba7b810-9dad-51d1-80b4-00c04fd430c8'
    expect(await write('reservations?request_id=k', {})).toBe(400)
    expect([
      await write(`reservations?request_id=${uuid}`, {}),
      await write(`reservations?request_id=${uuid}`, {}),
    ]).toEqual([201, 201])
    expect(await held('reservations')).toMatchObject([{ key: uuid }])
  })

  it('in a header may be accepted and mean nothing', async () => {
    for (const _ of [1, 2]) expect(await write('tickets', marked('k'), { key: 'k' })).toBe(201)
    expect(await held('tickets')).toHaveLength(2)
  })
})

describe('answers', () => {
  it('have their meaning in the body', async () => {
    const says = async (body: object, key: string) => {
      const { status, json } = await ask('messages', { body, key })
      return [status, json()]
    }
    expect(await says({ text: 'a' }, 'k')).toEqual([200, { ok: true }])
    expect(await says({ text: 'a' }, 'k')).toEqual([400, { ok: false, error: 'already_sent' }])
    expect(await says({ text: 'b' }, 'k')).toEqual([400, { ok: false, error: 'other_text' }])
    expect(await says({ channel: 'archived' }, 'l')).toEqual([200, { ok: false, error: 'is_archived' }])
    expect(await says({ channel: 'unreadable' }, 'm')).toEqual([500, { ok: false, error: 'invalid_blocks' }])
    expect(await held('messages')).toHaveLength(1)
  })

  it('are written in XML, as a form, or as text under a wrong label', async () => {
    for (const name of ['notices', 'faxes', 'beacons']) await write(name, { title: 'a & b <c>' }, { key: 'k' })
    const notice = await ask('notices?key=k')
    expect(notice.text).toContain('<answer><data><title>a &amp; b &lt;c&gt;</title><id>notices_1</id>')
    expect(notice.headers.get('content-type')).toBe('application/xml')
    const fax = new URLSearchParams((await ask('faxes/faxes_1')).text)
    expect([fax.get('title'), fax.get('metadata[key]')]).toEqual(['a & b <c>', 'k'])
    const beacon = await ask('beacons/beacons_1')
    expect(beacon.text).toContain('title: a & b <c>\n')
    expect(beacon.headers.get('content-type')).toBe('application/json')
  })

  it('take forms with brackets, and parts', async () => {
    const form = 'title=a+b&metadata%5Bkey%5D=k&lines%5B0%5D=x'
    await write('faxes', form, { type: 'application/x-www-form-urlencoded' })
    expect(await held('faxes')).toMatchObject([{ key: 'k', body: { title: 'a b', lines: { 0: 'x' } } }])
    const parts = new FormData()
    parts.set('title', 'a b')
    parts.set('metadata[key]', 'k')
    parts.set('file', new Blob(['line 1\r\nline 2']), 'a.txt')
    await fetch(`${provider.url}/v1/tickets`, { method: 'POST', body: parts })
    expect(await held('tickets')).toMatchObject([
      { key: 'k', body: { title: 'a b', file: 'line 1\r\nline 2', file_filename: 'a.txt' } },
    ])
  })

  it('may say in the body when to come back', async () => {
    await provider.plan({ writes: { everyKey: [{ name: 'rate-limited', retryAfter: { as: 'body', ms: 250 } }] } })
    const { status, headers, json } = await ask('texts', { body: {}, key: 'k' })
    expect([status, headers.get('retry-after'), json().retry_after_ms]).toEqual([429, null, 250])
    await provider.plan('clean')
  })
})

describe('lists', () => {
  it('may ignore the question, come in pages, and lag behind', async () => {
    for (const key of ['a', 'b', 'c']) await write('contacts', marked(key))
    expect((await ask('contacts/contacts_3')).status).toBe(200)
    await waitFor('the index', async () => (await list('contacts?key=zzz&limit=9')).length === 3, { withinMs: 5_000 })
    const first = (await ask('contacts?key=a')).json()
    expect([first.data.length, first.has_more]).toEqual([2, true])
    expect(await list(`contacts?key=a&starting_after=${first.data[1].id}`)).toMatchObject([{ id: 'contacts_3' }])
  })

  it.each([
    ['archives', true, 'archives_1'],
    ['excerpts', false, 'excerpts_3'],
  ])('of %s say that there is more: %s; and go on with %s', async (name, more, next) => {
    for (const key of ['a', 'b', 'c']) await write(name, marked(key))
    expect((await ask(name)).json()).toMatchObject({ has_more: more })
    expect((await list(`${name}?starting_after=${name}_2`))[0]).toMatchObject({ id: next })
  })

  it('may find longer keys', async () => {
    for (const key of ['k1', 'k10']) await write('orders', marked(key))
    expect(await list('orders?key=k1')).toHaveLength(2)
  })

  it('show each line of what was sent as one thing', async () => {
    expect(await write('parcels', marked('k', { lines: [{ to: 'a' }, { to: 'b' }, { to: 'c' }] }))).toBe(201)
    expect(await held('parcels')).toMatchObject(['a', 'b', 'c'].map((to) => ({ key: 'k', body: { to } })))
    expect(await provider.calls('k')).toMatchObject([{ applied: 3 }])
  })
})

describe('what is shown', () => {
  it('need not be as it was sent', async () => {
    const person = { email: 'A@B.C', age: 7, note: '0123456789 and more' }
    expect((await ask('people', { body: person, key: 'k' })).json()).toMatchObject(person)
    const { text, json } = await ask('people/people_1')
    expect(json()).toMatchObject({ email: 'a@b.c', age: '7', note: '0123456789', locale: 'en' })
    expect(Object.keys(JSON.parse(text))[0]).toBe('metadata')
  })

  it('may be a tombstone, or be seen and then not at all', async () => {
    await write('listings', marked('k', { title: 'spam' }))
    await write('listings', marked('l', { title: 'stale' }))
    expect((await ask('listings/listings_1')).json()).toMatchObject({ id: 'listings_1', deleted: true })
    expect((await ask('listings/listings_2')).json()).toMatchObject({ status: 'processing' })
    await waitFor('nothing', async () => (await ask('listings/listings_2')).status === 404, { withinMs: 5_000 })
    expect(await list('listings?key=l')).toEqual([])
  })

  it('may be what failed, or what is not finished', async () => {
    expect(await write('charges', { card: 'declined' }, { key: 'k' })).toBe(402)
    expect((await ask('charges/charges_1')).json()).toMatchObject({ status: 'failed' })
    await write('charges', { card: 'good' }, { key: 'l' })
    const status = async () => (await ask('charges/charges_2')).json().status
    expect(await status()).toBe('processing')
    await waitFor('the end', async () => (await status()) === 'done', { withinMs: 5_000 })
  })

  it('is a job after 202', async () => {
    const { status, headers, text } = await ask('exports', { body: {}, key: 'k' })
    expect([status, headers.get('location'), text]).toEqual([202, '/v1/exports/exports_1', '{}'])
    expect((await ask('exports/exports_1')).json()).toMatchObject({ status: 'processing' })
  })
})

describe('looks', () => {
  it('may be by POST or REPORT alone', async () => {
    await write('cases', marked('k'))
    expect((await ask('cases?key=k')).status).toBe(405)
    expect((await ask('cases/search', { body: { key: 'k' } })).json().data).toHaveLength(1)
    await write('appointments', marked('k'))
    const query = { method: 'REPORT', body: '<query><key>k</key></query>', type: 'application/xml' }
    expect((await ask('appointments', query)).text).toContain('<key>k</key>')
    expect((await provider.calls('k')).filter(({ direction }) => direction === 'looks')).toHaveLength(3)
  })

  it('may be by HEAD, which says the hash of what was put', async () => {
    const content = 'any bytes'
    await write('objects/k', content, { method: 'PUT', type: 'text/plain' })
    const { headers } = await ask('objects/k', { method: 'HEAD' })
    expect(headers.get('etag')).toBe(`"${createHash('sha256').update(content).digest('hex')}"`)
    expect((await ask('objects/none', { method: 'HEAD' })).status).toBe(404)
  })

  it('show an entry of a calendar as it was put', async () => {
    const event = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'
    await write('events/k', event, { method: 'PUT', type: 'text/calendar' })
    expect((await ask('events/k')).text).toBe(event)
  })
})

describe('writes', () => {
  it('by a link need one that was fetched before', async () => {
    expect(await write('uploads', {})).toBe(404)
    const { link } = (await ask('uploads/links', { body: {} })).json().data
    expect((await fetch(link, { method: 'POST', body: '{"metadata":{"key":"k"}}' })).status).toBe(201)
    expect(await held('uploads')).toMatchObject([{ key: 'k' }])
  })

  it('with a known key are compared byte by byte', async () => {
    await write('transfers', '{"a":1,"b":2}', { key: 'k' })
    expect(await write('transfers', '{"a":1,"b":2}', { key: 'k' })).toBe(201)
    expect(await write('transfers', '{"b":2,"a":1}', { key: 'k' })).toBe(422)
  })
})

describe('who is let in', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

  it.each([
    [
      'payouts',
      'token',
      'application/x-www-form-urlencoded',
      'access_token',
      'grant_type=client_credentials&client_id=payouts-client&client_secret=payouts-secret',
    ],
    ['timesheets', 'login', 'application/json', 'token', '{"user":"robot","password":"robots-password"}'],
  ])('at %s is who has a token, while it lasts', async (...row) => {
    const [name, place, type, field, credentials] = row
    expect(await write(name, {})).toBe(401)
    expect(
      await write(`${name}/${place}`, credentials.replace('secret', 'guess').replace('robots', 'guess'), { type }),
    ).toBe(401)
    const token = (await ask(`${name}/${place}`, { body: credentials, type })).json()[field] as string
    expect(await write(name, {}, { headers: bearer(token) })).toBe(201)
    const ended = async () => (await ask(`${name}/${name}_1`, { headers: bearer(token) })).status === 401
    await waitFor('the end of the token', ended, { withinMs: 10_000 })
  })

  it('at vaults is nobody without a signature', async () => {
    expect(await write('vaults/k', {}, { method: 'PUT' })).toBe(401)
  })
})
