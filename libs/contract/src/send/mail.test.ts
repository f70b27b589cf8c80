import { describe, expect, it } from 'vitest'
import { parseContract } from '../check/parse-contract.ts'
import { formatProblem } from '../check/problem.ts'
import type { Entry } from '../entry.ts'
import { startLook } from '../read/look.ts'
import { ENTRY, edited, loaded, SAMPLE, secret, UNANSWERED } from '../testing/sample-contract.ts'
import { parseMailbox } from './mail-template.ts'
import { renderCall, renderMail } from './render-call.ts'

const MAIL = `effect: mail.send
version: 1
auth: { basic: { user: me, password: "\${secret:SMTP}" } }
call:
  smtp: { host: smtp.example.org, tls: starttls }
  mail:
    from: "Shop <shop@example.org>"
    to: "\${payload./to}"
    subject: "Order \${payload./order}"
    text: "Hello \${payload./name}"
  timeout: 10s
provider: { key: { in: message_id, at: example.org }, repeat: acts_again }
verify:
  auth: none
  by_key: { read: { url: "https://catcher.example/mails?id=\${key}@example.org" }, items: /mails, where: { /id: "\${key}@example.org" } }
on_unknown: reconcile
rollback: { strategy: none }
`
const ORDER: Entry = {
  ...ENTRY,
  effect: 'mail.send',
  key: 'order-7/paid',
  payload: '{"to":"ann@x.example","order":7,"name":"Zoë <b>","file":"aGk="}',
}
const TEXT = '    text: "Hello ${payload./name}"\n'

function problemsOf(text: string): string[] {
  const parsed = parseContract(text, 'f.yaml')
  return (parsed.ok ? parsed.warnings : parsed.problems).map(formatProblem)
}

function planOf(text: string, entry = ORDER) {
  const rendered = renderMail(loaded(text), entry, secret)
  return rendered.ok ? rendered.plan : rendered
}

describe('a mail contract', () => {
  it('loads', () => {
    expect(problemsOf(MAIL)).toEqual([])
    expect(loaded(MAIL)).toMatchObject({
      providerClass: 'readable',
      call: {
        kind: 'smtp',
        server: { host: 'smtp.example.org', port: 587, tls: 'starttls', name: null },
        timeoutMs: 10_000,
        messageIdDomain: 'example.org',
      },
    })
  })

  it.each([
    ['implicit', 465],
    ['none', 25],
  ])('with tls: %s goes to port %i', (tls, port) => {
    expect(loaded(edited('tls: starttls', `tls: ${tls}`, MAIL)).call).toMatchObject({ server: { port } })
  })

  it.each([
    [
      'without a recipient',
      ['    to: "${payload./to}"\n', ''],
      'call.mail.to: expected a mail address, or a list of at most 50, got nothing',
    ],
    [
      'without TLS decided',
      [', tls: starttls', ''],
      'call.smtp.tls: expected one of implicit, starttls, none, got nothing',
    ],
    ['without a time-out', ['  timeout: 10s\n', ''], 'call.timeout: expected a duration with a unit, got nothing'],
    ['with a misspelt field', ['subject', 'subjekt'], 'call.mail.subjekt: expected only known fields, got "subjekt"'],
    ['with a host from the entry', ['smtp.example.org', '"${tenant}.example"'], 'call.smtp.host: expected a host name'],
    ['with a port that is none', ['tls: starttls', 'tls: starttls, port: 70000'], 'call.smtp.port: expected a port'],
    ['without a body', [TEXT, ''], 'call.mail: expected text or html, got neither'],
    [
      'with two addresses in one',
      ['Shop <shop@example.org>', 'a@x.example, b@x.example'],
      'call.mail.from: expected one mail address, got "a@x.example, b@x.example"',
    ],
    [
      'with a header that has its own field',
      [TEXT, `${TEXT}    headers: { Bcc: x@y.example }\n`],
      'call.mail.headers.Bcc: expected a header that a contract may set, got "Bcc"',
    ],
    [
      'with a file of no content',
      [TEXT, `${TEXT}    attachments: [{ name: a }]\n`],
      'call.mail.attachments[0]: expected one of text, base64, got neither',
    ],
    [
      'with a token for its log-in',
      ['basic: { user: me, password: "${secret:SMTP}" }', 'bearer: "${secret:T}"'],
      'auth: expected basic, which is the log-in of a mail server, got another kind',
    ],
    [
      'with a secret in its text',
      ['Hello ${payload./name}', 'Hello ${secret:X}'],
      'call.mail.text: expected a name that exists here, got ${secret:X}: a secret may stand in requests only',
    ],
    [
      'with answers',
      ['on_unknown', 'answers: [{ status: 550, means: exists }]\non_unknown'],
      'answers: expected no answers',
    ],
    [
      'with its key in a header',
      ['in: message_id, at: example.org', 'in: header, at: X-Key'],
      'provider.key.in: expected message_id or marker, since the call is a mail, got header',
    ],
    [
      'with a Message-ID of no domain',
      [', at: example.org', ''],
      'provider.key.at: expected the domain of the Message-ID, got none',
    ],
    [
      'with a marker that is not in the mail',
      ['in: message_id, at: example.org', 'in: marker'],
      'provider.key.in: expected ${key} in call.mail, since provider.key.in is marker, got none',
    ],
    [
      'with a look that does not say what it may show',
      ['  auth: none\n', ''],
      'verify.by_key: expected auth, since the credential of the call is not sent to https://catcher.example, got none',
    ],
  ])('%s is refused', (_, [from = '', to = ''], sentence) => {
    expect(problemsOf(edited(from, to, MAIL)).join('\n')).toContain(sentence)
  })

  it('that is a request has no Message-ID', () => {
    expect(problemsOf(edited('in: header, at: Idempotency-Key', 'in: message_id')).join('\n')).toContain(
      'got message_id, which is that of a mail',
    )
  })

  it.each([
    ['neither', 'call: {}', 'call: expected a request with a url, or a mail with smtp, got a map'],
    [
      'both',
      'call: { smtp: { host: a.example, tls: none }, mail: { from: a@b.example, to: a@b.example, subject: x, text: y }, timeout: 1s, url: https://x.example/ }',
      'call.url: expected only known fields, got "url"',
    ],
  ])('whose call is %s is refused', (_, call, sentence) => {
    const text = MAIL.replace(/call:\n(?: {2}.*\n)+/, () => `${call}\n`)
    expect(problemsOf(text).join('\n')).toContain(sentence)
  })
})

describe('a mail as it goes out', () => {
  it('names the intent, its time and its parts the same on each attempt', () => {
    expect(planOf(MAIL)).toEqual({
      server: { host: 'smtp.example.org', port: 587, tls: 'starttls', name: 'example.org' },
      logIn: { user: 'me', password: 'the-smtp' },
      from: { name: 'Shop', address: 'shop@example.org' },
      to: [{ name: '', address: 'ann@x.example' }],
      cc: [],
      bcc: [],
      replyTo: [],
      subject: 'Order 7',
      text: 'Hello Zoë <b>',
      html: null,
      headers: [],
      attachments: [],
      messageId: 'order-7/paid@example.org',
      date: '2026-11-22T17:00:00Z',
      boundary: expect.stringMatching(/^[0-9a-f]{32}$/),
      timeoutMs: 10_000,
    })
    expect(planOf(MAIL)).toEqual(planOf(MAIL))
  })

  it('escapes values in HTML, and nothing of the HTML itself', () => {
    const html = edited(TEXT, '    html: "<p>${payload./name} & ${lower(payload./name)}</p>"\n', MAIL)
    expect(planOf(html)).toMatchObject({ html: '<p>Zoë &lt;b&gt; & zoë &lt;b&gt;</p>', text: null })
  })

  it('carries files, copies and headers', () => {
    const more = `${TEXT}    cc: ["a@x.example", "B <b@x.example>"]
    bcc: c@x.example
    reply_to: "Help <help@example.org>"
    headers: { X-Order: "\${payload./order}" }
    attachments: [{ name: "\${payload./order}.pdf", base64: "\${payload./file}" }, { name: a.txt, type: text/plain, text: "\${key}" }]
`
    expect(planOf(edited(TEXT, more, MAIL))).toMatchObject({
      cc: [{ address: 'a@x.example' }, { name: 'B', address: 'b@x.example' }],
      bcc: [{ address: 'c@x.example' }],
      replyTo: [{ name: 'Help', address: 'help@example.org' }],
      headers: [['X-Order', '7']],
      attachments: [
        { name: '7.pdf', type: null, encoding: 'base64', content: 'aGk=' },
        { name: 'a.txt', type: 'text/plain', encoding: 'utf8', content: 'order-7/paid' },
      ],
    })
  })

  it('without a key in its Message-ID is named after its entry', () => {
    const marker = edited('in: message_id, at: example.org', 'in: marker', MAIL).replace('Order ', '[${key}] ')
    expect(planOf(marker)).toMatchObject({
      messageId: '0193e0a0-0000-7000-8000-000000000001@example.org',
      subject: '[order-7/paid] 7',
    })
  })

  it.each([
    ['two recipients in one value', { to: 'a@x.example, b@x.example' }, 'value_does_not_fit'],
    ['a recipient that hides another one', { to: 'a@x.example>\r\nRCPT TO:<b@x.example' }, 'value_does_not_fit'],
    ['a recipient that is none', { to: 'ann' }, 'value_does_not_fit'],
    ['a recipient that not every server takes', { to: 'zoë@x.example' }, 'value_does_not_fit'],
    ['no recipient', {}, 'value_missing'],
    ['a subject of two lines', { order: '7\r\nBcc: b@x.example' }, 'value_does_not_fit'],
    ['half a character in the subject', { order: '\ud83d' }, 'value_does_not_fit'],
    ['an endless subject', { order: 'x'.repeat(3_000) }, 'value_does_not_fit'],
  ])('with %s never leaves', (_, change, code) => {
    const payload = JSON.stringify({
      order: 7,
      name: 'x',
      ...(Object.keys(change).includes('order') && { to: 'a@x.example' }),
      ...change,
    })
    expect(planOf(MAIL, { ...ORDER, payload })).toMatchObject({ ok: false, code })
  })

  it.each(['a b', 'a@b', 'a..b', '.a', 'ü', 'x'.repeat(201), 'a\r\nb', '<a>'])(
    'with the key %j never leaves',
    (key) => {
      expect(planOf(MAIL, { ...ORDER, key })).toMatchObject({ ok: false, code: 'key_does_not_fit' })
    },
  )

  it('takes any key that is re-shaped', () => {
    const shaped = edited('at: example.org', 'at: example.org, as: { sha256: hex, length: 20 }', MAIL)
    expect(planOf(shaped, { ...ORDER, key: 'a b@ü' })).toMatchObject({
      messageId: expect.stringMatching(/^[0-9a-f]{20}@/),
    })
  })

  it('with a file that is not base64 never leaves', () => {
    const file = edited(TEXT, `${TEXT}    attachments: [{ name: a, base64: "\${payload./name}" }]\n`, MAIL)
    expect(planOf(file)).toMatchObject({ ok: false, code: 'value_does_not_fit' })
  })

  it('is not rendered as a request, nor the other way round', () => {
    expect(() => renderCall(loaded(MAIL), ORDER, secret)).toThrow('a mail is no request')
    expect(() => renderMail(loaded(SAMPLE), ENTRY, secret)).toThrow('a request is no mail')
  })

  it('is looked for over HTTP, without the log-in of the mail server', () => {
    const step = startLook(loaded(MAIL), { ...UNANSWERED, ...ORDER }, secret)
    expect(step.kind === 'request' && [step.plan.url, step.plan.headers]).toEqual([
      'https://catcher.example/mails?id=order-7%2Fpaid@example.org',
      [['accept', 'application/json']],
    ])
  })
})

describe('a mailbox', () => {
  it.each([
    ['a@b.example', { name: '', address: 'a@b.example' }],
    [' a@b.example ', { name: '', address: 'a@b.example' }],
    ['Ann Müller <a.m+x@b.example>', { name: 'Ann Müller', address: 'a.m+x@b.example' }],
    ['<a@b.example>', { name: '', address: 'a@b.example' }],
    ['a@b.example>', null],
    ['<a@b.example', null],
    ['A <a@b.example> <c@d.example>', null],
    ['"A" <a@b.example>', null],
    ['A, B <a@b.example>', null],
    ['A: B <a@b.example>', null],
    ['a@b@c.example', null],
    ['a b@c.example', null],
    ['a@-b.example-', null],
    ['', null],
  ])('%j is read as %j', (text, box) => {
    expect(parseMailbox(text)).toEqual(box)
  })
})
