import { describe, expect, it } from 'vitest'
import { parseContract } from '../check/parse-contract.ts'
import { formatProblem } from '../check/problem.ts'
import { startLook } from '../read/look.ts'
import { ENTRY, edited, loaded, SAMPLE, secret, UNANSWERED } from '../testing/sample-contract.ts'
import { renderCall } from './render-call.ts'
import type { RequestPlan } from './request-template.ts'

const AUTH = 'auth: { bearer: "${secret:TOKEN}" }'
const withAuth = (auth: string, text = SAMPLE) => edited(AUTH, `auth: ${auth}`, text)
const OAUTH = '{ oauth2_client: { token_url: https://id.example/token, client_id: me, client_secret: "${secret:C}" } }'
const LOGIN =
  '{ login: { request: { url: https://b.example/in, body: { json: { user: u, password: "${secret:P}" } } }, token: /jwt } }'
const AWS = '{ aws_sigv4: { region: eu-central-1, service: s3, access_key: AKID, secret_key: "${secret:K}" } }'

function problemsOf(text: string): string[] {
  const parsed = parseContract(text, 'f.yaml')
  return parsed.ok ? [] : parsed.problems.map(formatProblem)
}

describe('a credential that is refused', () => {
  it.each([
    [
      'of no kind',
      '{}',
      'f.yaml:6:7 auth: expected one of bearer, basic, header, oauth2_client, login, aws_sigv4, got none',
    ],
    ['of two kinds', `${OAUTH.slice(0, -1)}, bearer: "\${secret:T}" }`, 'f.yaml:6:7 auth: expected one of'],
    [
      'without its secret',
      edited(', client_secret: "${secret:C}"', '', OAUTH),
      'auth.oauth2_client.client_secret: expected a secret, got nothing',
    ],
    [
      'with its secret written out',
      edited('${secret:C}', 's3cr3t', OAUTH),
      'auth.oauth2_client.client_secret: expected the name of a secret, got what looks like the secret itself',
    ],
    [
      'with a key written out',
      edited('${secret:K}', 's3cr3t', AWS),
      'auth.aws_sigv4.secret_key: expected the name of a secret',
    ],
    [
      'with a password in the body of its log-in',
      edited('${secret:P}', 's3cr3t', LOGIN),
      'auth.login.request.body.json.password: expected the name of a secret',
    ],
    [
      'that asks a relative URL',
      edited('https://id.example/token', '/token', OAUTH),
      'auth.oauth2_client.token_url: expected an absolute http(s) URL',
    ],
    [
      'that asks a host of the entry',
      edited('https://id.example/token', '"https://${tenant}.example/token"', OAUTH),
      'auth.oauth2_client.token_url: expected a fixed scheme, host and port',
    ],
    [
      'that knows the entry',
      edited('user: u', 'user: "${payload./customer}"', LOGIN),
      'auth.login.request.body.json.user: expected secrets, the tenant or the effect, got something of one entry: a token is shared by all',
    ],
    [
      'that knows the key',
      edited('client_id: me', 'client_id: "${lower(key)}"', OAUTH),
      'auth.oauth2_client.client_id: expected secrets, the tenant',
    ],
    [
      'that forgets the token',
      edited('token: /jwt', 'token: /jwt, as: Bearer', LOGIN),
      'auth.login.as: expected a text with ${token} in it once, and no other value, got "Bearer"',
    ],
    [
      'that mixes the token with other values',
      edited('token: /jwt', 'token: /jwt, as: { header: X-A, value: "${token} ${key}" }', LOGIN),
      'auth.login.as.value: expected a text with ${token} in it once',
    ],
    [
      'that goes into a header of the connection',
      edited('token: /jwt', 'token: /jwt, as: { header: Host }', LOGIN),
      'auth.login.as.header: expected the name of a header that a contract may set, got "Host"',
    ],
    [
      'whose token stands nowhere',
      edited(', token: /jwt', '', LOGIN),
      'auth.login.token: expected a JSON Pointer into the answer',
    ],
    [
      'whose token stands in two places',
      edited('token: /jwt', 'token: { header: A, cookie: B }', LOGIN),
      'auth.login.token: expected',
    ],
    [
      'that sends itself by pigeon',
      edited('client_id', 'auth: pigeon, client_id', OAUTH),
      'auth.oauth2_client.auth: expected one of basic, body',
    ],
    [
      'that lives for no time',
      edited('client_id', 'lifetime: 0s, client_id', OAUTH),
      'auth.oauth2_client.lifetime: expected a duration above zero',
    ],
    [
      'that signs for no service',
      edited(', service: s3', '', AWS),
      'auth.aws_sigv4.service: expected a service, got nothing',
    ],
    [
      'that is misspelt',
      edited('region', 'regoin', AWS),
      'auth.aws_sigv4.regoin: expected only known fields, got "regoin"',
    ],
  ])('%s', (_, auth, sentence) => {
    expect(problemsOf(withAuth(auth)).join('\n')).toContain(sentence)
  })

  it('when a look goes to another host and does not say what it may show there', () => {
    const text = edited('url: https://billing.example/v1/account', 'url: https://other.example/v1/account')
    expect(problemsOf(text)).toEqual([
      'f.yaml:32:11 verify.canary: expected auth, since the credential of the call is not sent to https://other.example, got none. Write: auth: { bearer: "${secret:ANOTHER_TOKEN}" } beside it or in verify, or auth: none',
    ])
  })
})

function planOf(text: string): RequestPlan {
  const rendered = renderCall(loaded(text), ENTRY, secret)
  if (!rendered.ok) throw new Error(rendered.message)
  return rendered.plan
}

describe('a call with a token', () => {
  it('by client credentials says how to get one, and carries nothing yet', () => {
    const { auth, headers } = planOf(withAuth(edited('client_id', 'scope: "a b", client_id', OAUTH)))
    expect(headers.map(([name]) => name)).not.toContain('authorization')
    expect(auth).toMatchObject({
      kind: 'token',
      request: {
        method: 'POST',
        url: 'https://id.example/token',
        body: 'grant_type=client_credentials&scope=a%20b',
        timeoutMs: 10_000,
      },
      rules: { take: { pointer: ['access_token'] }, give: { header: 'authorization', before: 'Bearer ', after: '' } },
    })
    expect(auth?.kind === 'token' && auth.request.headers).toContainEqual([
      'authorization',
      `Basic ${Buffer.from('me:the-c').toString('base64')}`,
    ])
  })

  it('encodes id and secret before they become basic credentials', () => {
    const rendered = renderCall(loaded(withAuth(OAUTH)), ENTRY, () => 'a:b c/ü')
    const auth = rendered.ok ? rendered.plan.auth : null
    expect(auth?.kind === 'token' && auth.request.headers.at(-1)?.[1]).toBe(
      `Basic ${Buffer.from('me:a%3Ab+c%2F%C3%BC').toString('base64')}`,
    )
  })

  it('may send them in the form', () => {
    const { auth } = planOf(withAuth(edited('client_id', 'auth: body, client_id', OAUTH)))
    expect(auth?.kind === 'token' && auth.request.body).toBe(
      'client_id=me&client_secret=the-c&grant_type=client_credentials',
    )
  })

  it.each([
    ['', { header: 'authorization', before: 'Bearer ', after: '' }],
    [', as: "Token ${token}!"', { header: 'authorization', before: 'Token ', after: '!' }],
    [', as: { header: X-Token }', { header: 'x-token', before: '', after: '' }],
    [', as: { header: X-Auth, value: "t=${token}" }', { header: 'x-auth', before: 't=', after: '' }],
  ])('by log-in%s gives it as the contract says', (as, give) => {
    const { auth } = planOf(withAuth(edited('token: /jwt', `token: /jwt${as}`, LOGIN)))
    expect(auth).toMatchObject({ rules: { give, take: { pointer: ['jwt'] }, expiresIn: ['expires_in'] } })
    expect(auth?.kind === 'token' && auth.request.body).toBe('{"password":"the-p","user":"u"}')
  })

  it('from a cookie gives it back as one', () => {
    const { auth } = planOf(withAuth(edited('token: /jwt', 'token: { cookie: SID }, lifetime: 20m', LOGIN)))
    expect(auth).toMatchObject({
      rules: { take: { cookie: 'SID' }, give: { header: 'cookie', before: 'SID=' }, lifetimeMs: 1_200_000 },
    })
  })

  it('shares it with every entry, and not with another credential', () => {
    const id = (text: string, entry = ENTRY) => {
      const rendered = renderCall(loaded(text), entry, secret)
      return rendered.ok && rendered.plan.auth?.kind === 'token' ? rendered.plan.auth.id : null
    }
    const mine = id(withAuth(OAUTH))
    expect(id(withAuth(OAUTH), { ...ENTRY, key: 'another', tenant: 'b' })).toBe(mine)
    expect(id(withAuth(edited('client_id: me', 'client_id: you', OAUTH)))).not.toBe(mine)
    const ofTenants = withAuth(edited('client_id: me', 'client_id: "${tenant}"', OAUTH))
    expect(id(ofTenants, { ...ENTRY, tenant: 'b' })).not.toBe(id(ofTenants))
  })

  it('without its secret never leaves', () => {
    expect(renderCall(loaded(withAuth(OAUTH)), ENTRY, () => undefined)).toMatchObject({
      ok: false,
      code: 'secret_missing',
    })
  })
})

it('a signed call names the key to sign with', () => {
  expect(planOf(withAuth(AWS)).auth).toEqual({
    kind: 'aws_sigv4',
    region: 'eu-central-1',
    service: 's3',
    accessKey: 'AKID',
    secretKey: 'the-k',
    sessionToken: null,
  })
})

describe('the credential of a step before the call', () => {
  const stepsOf = (prepare: string, auth = SAMPLE) => {
    const contract = loaded(edited('on_unknown', `prepare: ${prepare}\non_unknown`, auth))
    return contract.prepare.map(({ request }) => request.headers.map(([name]) => name).includes('authorization'))
  }
  const step = (host: string, more = '') =>
    `{ request: { url: https://${host}.example/v1/links }, keep: { link: /link }${more} }`

  it('is that of the call on the same host', () => {
    expect(stepsOf(step('billing'))).toEqual([true])
  })

  it('may be none, or another one', () => {
    expect(stepsOf(step('billing', ', auth: none'))).toEqual([false])
    expect(stepsOf(step('other', ', auth: { bearer: "${secret:OTHER}" }'))).toEqual([true])
  })

  it('on another host must be said', () => {
    const text = edited('on_unknown', `prepare: ${step('other')}\non_unknown`)
    expect(problemsOf(text).join('\n')).toContain(
      'prepare: expected auth, since the credential of the call is not sent to https://other.example, got none',
    )
  })

  it('of a link is that of the host that was asked for it', () => {
    const linked = edited('url: https://billing.example/v1/invoices\n', 'url: "${prepare.link}"\n')
    const contract = loaded(edited('on_unknown', `prepare: ${step('billing')}\non_unknown`, linked))
    expect(contract.call.kind === 'http' && contract.call.headers.map(([name]) => name)).toContain('authorization')
  })
})

describe('the credential of a look', () => {
  const headersOf = (text: string) => {
    const step = startLook(loaded(text), UNANSWERED, secret)
    return step.kind === 'request' ? step.plan.headers.filter(([name]) => /^(?:authorization|x-)/.test(name)) : []
  }
  const elsewhere = edited('url: "https://billing.example', 'url: "https://look.example')
  const own = (auth: string, text: string) => edited('verify:\n', `verify:\n  auth: ${auth}\n`, text)

  it.each([
    ['is that of the call on the same host', SAMPLE, [['authorization', 'Bearer the-token']]],
    ['may be one of its own', own('{ bearer: "${secret:LOOK}" }', elsewhere), [['authorization', 'Bearer the-look']]],
    ['may be none', own('none', SAMPLE), []],
    [
      'may be that of one look alone',
      edited(
        '  by_key:\n',
        '  by_key:\n    auth: { header: { name: X-Key, value: "${secret:K}" } }\n',
        own('none', SAMPLE),
      ),
      [['x-key', 'the-k']],
    ],
  ])('%s', (_, text, expected) => {
    expect(headersOf(text)).toEqual(expected)
  })

  it('is never that of the call on another host', () => {
    expect(headersOf(own('none', elsewhere))).toEqual([])
  })

  it('may be a token', () => {
    const step = startLook(loaded(own(OAUTH, elsewhere)), UNANSWERED, secret)
    expect(step.kind === 'request' && step.plan.auth).toMatchObject({ kind: 'token' })
  })
})
