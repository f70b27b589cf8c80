import { describe, expect, it } from 'vitest'
import type { Entry } from '../entry.ts'
import type { Answer, AnswerOrFailure } from '../read/answer.ts'
import { startLook } from '../read/look.ts'
import { ENTRY, edited, loaded, secret, UNANSWERED } from '../testing/sample-contract.ts'
import { sentencesOf } from '../testing/sentences-of.ts'
import { type PrepareProgress, startPrepare } from './prepare.ts'
import { renderCall } from './render-call.ts'

const URL_LINE = '  url: https://billing.example/v1/invoices\n'
const STEP =
  '{ request: { url: "https://billing.example/links", body: { json: { k: "${key}" } } }, keep: { link: /data/link } }'
const prepared = (prepare: string, url = '"${prepare.link}"') =>
  edited('on_unknown', `prepare: ${prepare}\non_unknown`).replace(URL_LINE, `  url: ${url}\n`)

const answer = (body: unknown, more: Partial<Answer> = {}): Answer => ({
  status: 200,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
  truncated: false,
  ...more,
})

/** Answers each request in turn; what is left at the end. */
function run(text: string, answers: readonly AnswerOrFailure[]) {
  const plans = []
  let step: PrepareProgress = startPrepare(loaded(text), ENTRY, secret)
  for (const each of answers) {
    if (step.kind !== 'request') break
    plans.push(step.plan)
    step = step.next(each, 0)
  }
  return { plans, end: step }
}

const call = (text: string, values: object | null, entry: Partial<Entry> = {}) => {
  const rendered = renderCall(
    loaded(text),
    { ...ENTRY, prepared: values === null ? null : JSON.stringify(values), ...entry },
    secret,
  )
  return rendered.ok ? rendered.plan : `${rendered.code}: ${rendered.message}`
}

describe('preparing a call', () => {
  it('asks, keeps, and gives what was kept to the steps behind', () => {
    const text = prepared(`
  - ${STEP}
  - { request: { method: PUT, url: "\${prepare.link}/meta?x=1", query: { y: "\${prepare.link}" } }, keep: { tag: { header: ETag, re: '"(.*)"' }, n: { at: /n } } }`)
    const { plans, end } = run(text, [
      answer({ data: { link: '/up/7?sig=a%2Fb' } }),
      answer('{"n": 1.50}', { headers: { etag: 'W/"v1"' } }),
    ])
    expect(plans).toMatchObject([
      { method: 'POST', url: 'https://billing.example/links', body: '{"k":"cust-7/2026-11"}' },
      { method: 'PUT', url: 'https://billing.example/up/7?sig=a%2Fb/meta?x=1&y=%2Fup%2F7%3Fsig%3Da%252Fb' },
    ])
    expect(end).toEqual({ kind: 'prepared', values: '{"link":"/up/7?sig=a%2Fb","n":1.50,"tag":"v1"}' })
  })

  it('carries the credential and no key', () => {
    const [plan] = run(prepared(STEP), [answer({})]).plans
    expect(plan?.headers).toEqual([
      ['content-type', 'application/json'],
      ['accept', 'application/json'],
      ['authorization', 'Bearer the-token'],
    ])
  })

  it.each([
    ['no answer', { failed: 'ECONNRESET' }, 'retryable_failure', 'prepare_ECONNRESET, step 1: no answer'],
    ['a forbidden host', { failed: 'egress_denied' }, 'permission_denied', 'prepare_egress_denied, step 1: no answer'],
    ['a server in trouble', answer('', { status: 503 }), 'retryable_failure', 'prepare_http_503, step 1: status 503'],
    ['a conflict', answer('', { status: 409 }), 'retryable_failure', 'prepare_http_409, step 1: status 409'],
    ['a redirect', answer('', { status: 302 }), 'retryable_failure', 'prepare_http_302, step 1: status 302'],
    ['a refusal', answer('', { status: 422 }), 'validation_failure', 'prepare_http_422, step 1: status 422'],
    ['no permission', answer('', { status: 401 }), 'permission_denied', 'prepare_http_401, step 1: status 401'],
    [
      'half an answer',
      answer('{"data":{"li', { truncated: true }),
      'retryable_failure',
      'prepare_truncated, step 1: status 200',
    ],
    ['no link', answer({ data: {} }), 'retryable_failure', 'prepare_keep_missing, step 1: no link in the answer'],
    [
      'an empty link',
      answer({ data: { link: '' } }),
      'retryable_failure',
      'prepare_keep_missing, step 1: no link in the answer',
    ],
    [
      'a null',
      answer({ data: { link: null } }),
      'retryable_failure',
      'prepare_keep_missing, step 1: no link in the answer',
    ],
    [
      'a map',
      answer({ data: { link: {} } }),
      'retryable_failure',
      'prepare_keep_missing, step 1: no link in the answer',
    ],
    ['no JSON', answer('<html>'), 'retryable_failure', 'prepare_keep_missing, step 1: no link in the answer'],
    [
      'a link without end',
      answer({ data: { link: 'x'.repeat(5_000) } }),
      'retryable_failure',
      'prepare_keep_missing, step 1: no link in the answer',
    ],
  ])('that meets %s has not called', (_, reply, outcome, what) => {
    const [cause, message] = what.split(', ')
    expect(run(prepared(STEP), [reply]).end).toEqual({ kind: 'failed', outcome, cause, message, retryAfterMs: null })
  })

  it('waits as long as the provider says', () => {
    const busy = answer('', { status: 429, headers: { 'retry-after': '7' } })
    expect(run(prepared(STEP), [busy]).end).toMatchObject({ outcome: 'retryable_failure', retryAfterMs: 7_000 })
  })

  it('fails before the first byte where a value is missing', () => {
    const text = prepared(STEP.replace('${key}', '${payload./nothing}'))
    expect(run(text, []).end).toMatchObject({ kind: 'failed', outcome: 'validation_failure', cause: 'value_missing' })
    const unset = startPrepare(loaded(prepared(STEP)), ENTRY, () => undefined)
    expect(unset).toMatchObject({ kind: 'failed', outcome: 'retryable_failure', cause: 'secret_missing' })
  })
})

describe('a prepared URL', () => {
  const ABROAD = STEP.replace('/data/link }', '{ at: /data/link, origins: [https://up.example] } }')

  it.each([
    [
      'an absolute one',
      prepared(STEP, '"${prepare.link}"'),
      'https://billing.example/u/1?s=2',
      'https://billing.example/u/1?s=2',
    ],
    ['a path', prepared(STEP, '"${prepare.link}"'), '/u/1', 'https://billing.example/u/1'],
    [
      'one with a query and more of it',
      prepared(STEP, '"${prepare.link}?part=${key}"'),
      '/u?s=1',
      'https://billing.example/u?s=1&part=cust-7%2F2026-11',
    ],
    [
      'one with more path',
      prepared(STEP, '"${prepare.link}/${key}"'),
      '/u',
      'https://billing.example/u/cust-7%2F2026-11',
    ],
    ['one abroad', prepared(ABROAD, '"${prepare.link}"'), 'https://up.example/a%2Fb', 'https://up.example/a%2Fb'],
  ])('may be %s', (_, text, link, url) => {
    expect(call(text, { link })).toMatchObject({ url, urlTemplate: expect.stringMatching(/^\$\{prepare\.link\}/) })
  })

  it.each([
    [
      'another host',
      'https://evil.example/u',
      'the URL that link keeps is on another host than those that the contract names',
    ],
    [
      'another scheme',
      'http://billing.example/u',
      'the URL that link keeps is on another host than those that the contract names',
    ],
    [
      'another port',
      'https://billing.example:8443/u',
      'the URL that link keeps is on another host than those that the contract names',
    ],
    ['no scheme', '//evil.example/u', 'what link keeps is no URL'],
    ['a user', 'https://billing.example@evil.example/u', 'what link keeps is no URL'],
    ['a file', 'file:///etc/passwd', 'what link keeps is no URL'],
    ['a dot segment', '/a/../b', 'what link keeps is no URL'],
    ['a line break', '/a\r\nX: 1', 'what link keeps is no URL'],
    ['a fragment', '/a#b', 'what link keeps is no URL'],
    ['a number', 7, 'what link keeps is no URL'],
  ])('is refused with %s', (_, link, message) => {
    expect(call(prepared(STEP), { link })).toBe(`value_does_not_fit: ${message}`)
  })

  it('takes no credential where it may lead to another host', () => {
    const home = call(prepared(STEP), { link: '/u' })
    const abroad = call(prepared(ABROAD), { link: 'https://up.example/u' })
    expect(home).toMatchObject({ headers: expect.arrayContaining([['authorization', 'Bearer the-token']]) })
    expect(abroad).not.toMatchObject({ headers: expect.arrayContaining([['authorization', expect.anything()]]) })
  })

  it('has no value before it is prepared', () => {
    expect(call(prepared(STEP), null)).toBe('value_missing: prepare.link has no value in this entry')
  })
})

describe('a look that needs what was prepared', () => {
  const text = prepared(STEP).replace('invoices?key=${key}"', 'invoices?u=${prepare.link}&key=${key}"')
  const look = (values: string | null) => startLook(loaded(text), { ...UNANSWERED, prepared: values }, secret)

  it('asks with it', () => {
    expect(look('{"link":"/u"}')).toMatchObject({
      kind: 'request',
      plan: { url: expect.stringContaining('?u=%2Fu&key=') },
    })
  })

  it('knows without asking that a call which nothing was prepared for was never begun', () => {
    expect(look(null)).toMatchObject({ kind: 'seen', verdict: 'absent', cause: 'not_prepared' })
  })
})

describe('a prepare that is refused', () => {
  it.each([
    [
      'no request',
      prepared('{ keep: { link: /l } }'),
      'invalid_value f.yaml:36:10 prepare: expected a step or a list of steps, got a map. Write: prepare: { request: { url: https://billing.example/v1/links }, keep: { link: /data/link } }',
    ],
    [
      'nothing kept',
      prepared(STEP.replace('{ link: /data/link }', '{}'), 'https://billing.example/'),
      'missing_field f.yaml:36:102 prepare.keep: expected what the call needs of this answer, got nothing: a request for its own sake is an effect. Write: keep: { link: /data/link }',
    ],
    [
      'a name in capitals',
      prepared(STEP.replace('link: /data', 'Link: /data'), 'https://billing.example/'),
      'invalid_value f.yaml:36:104 prepare.keep.Link: expected a name of small letters, digits and _, got Link. Write: a name of small letters, digits and _',
    ],
    [
      'a name twice',
      prepared(`[${STEP}, ${STEP}]`),
      'invalid_value f.yaml:36:227 prepare[1].keep.link: expected a name that no step before has, got link. Write: link_2: /data/link',
    ],
    [
      'a step that needs itself',
      prepared(STEP.replace('${key}', '${prepare.link}')),
      'template_unknown_name f.yaml:36:80 prepare.request.body.json.k: expected a name that exists here, got ${prepare.link}: no step of prepare before it keeps link. Write: prepare: { request: ..., keep: { link: /data/link } }',
    ],
    [
      'two groups in a pattern',
      prepared(STEP.replace('/data/link }', "{ header: Location, re: '(a)(b)' } }")),
      'pattern_invalid f.yaml:36:134 prepare.keep.link.re: expected one group, which is kept, got 2. Write: re: "/([^/]+)$"',
    ],
    [
      'an origin with a path',
      prepared(STEP.replace('/data/link }', '{ at: /l, origins: [https://up.example/x] } }')),
      'invalid_value f.yaml:36:130 prepare.keep.link.origins[0]: expected an origin, such as https://upload.example, got "https://up.example/x". Write: origins: [https://upload.example]',
    ],
    [
      'steps that take too long together',
      prepared(
        `[${STEP.replace('url:', 'timeout: 11s, url:')}, ${STEP.replace('link: /data', 'other: /data').replace('url:', 'timeout: 11s, url:')}]`,
      ),
      'lease_too_short f.yaml:36:10 prepare: expected steps that take, with the call, at most half of the lease of 60000 ms, got 32000 ms. Write: timeout: 2s in each request of prepare, or a longer lease',
    ],
    [
      'a step that removes',
      prepared(STEP.replace('url:', 'method: DELETE, url:')),
      'invalid_value f.yaml:36:31 prepare.request.method: expected a request that only prepares, got DELETE: a step is repeated freely and nobody reads it back. Write: method: POST, or an effect of its own',
    ],
    [
      'a host from the entry behind a prepared URL',
      prepared(STEP, '"${prepare.link}.evil.example/"'),
      'invalid_value f.yaml:9:8 call.url: expected a path or a query behind the prepared URL, got "${prepare.link}.evil.example/". Write: url: https://billing.example/v1/invoices',
    ],
  ])('for %s', (_, text, sentence) => {
    expect(sentencesOf(text)).toEqual([sentence])
  })
})
