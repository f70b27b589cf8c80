import { parseMailbox } from '../send/mail-template.ts'
import { parseTemplate } from '../send/template.ts'
import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'

const MAIL: Path = ['call', 'mail']

/** A mail has its own places for the key and the credential, and its replies their own meaning. */
export const checkMail: Check = (document) => {
  const inMail = at(document, 'call', 'smtp') !== undefined
  if (!inMail) return []
  return [
    ...keyPlace(document),
    ...domain(document),
    ...logIn(document),
    ...noAnswers(document),
    ...noBytes(document),
    ...body(document),
    ...['from', 'to', 'cc', 'bcc', 'reply_to'].flatMap((field) => addresses(document, [...MAIL, field])),
    ...headers(document),
    ...attachments(document),
  ]
}

function keyPlace(document: unknown): Finding[] {
  const place = at(document, 'provider', 'key', 'in')
  if (typeof place !== 'string' || place === 'message_id' || place === 'marker') return []
  const message = `expected message_id or marker, since the call is a mail, got ${place}`
  const fix = 'key: { in: message_id, at: example.org }'
  return [{ code: 'invalid_value', path: ['provider', 'key', 'in'], message, fix }]
}

const DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i

function domain(document: unknown): Finding[] {
  const name = at(document, 'provider', 'key', 'at')
  if (at(document, 'provider', 'key', 'in') !== 'message_id') return []
  if (typeof name === 'string' && DOMAIN.test(name)) return []
  const message = `expected the domain of the Message-ID, got ${typeof name === 'string' ? JSON.stringify(name.slice(0, 60)) : 'none'}`
  return [{ code: 'invalid_value', path: ['provider', 'key', 'at'], message, fix: 'at: example.org' }]
}

function logIn(document: unknown): Finding[] {
  const auth = at(document, 'auth')
  if (auth === undefined || at(auth, 'basic') !== undefined) return []
  const message = 'expected basic, which is the log-in of a mail server, got another kind'
  const fix = 'auth: { basic: { user: me, password: "${secret:SMTP_PASSWORD}" } }'
  return [{ code: 'invalid_value', path: ['auth'], message, fix }]
}

function noAnswers(document: unknown): Finding[] {
  if (at(document, 'answers') === undefined) return []
  const message = 'expected no answers, since the reply codes of SMTP have fixed meanings, got some'
  return [{ code: 'invalid_value', path: ['answers'], message, fix: 'no answers' }]
}

/** What was sent is composed for the way, and nothing that is read back has those bytes. */
function noBytes(document: unknown): Finding[] {
  return [['verify'], ['verify', 'by_key'], ['verify', 'by_id']].flatMap((look) => {
    const path = [...look, 'present', 'body']
    if (at(document, ...path) === undefined) return []
    const message = 'expected match, since no look at a mail gives back the bytes that were sent, got body'
    return [{ code: 'invalid_value' as const, path, message, fix: 'match: { /subject: "..." }' }]
  })
}

function body(document: unknown): Finding[] {
  if (['text', 'html'].some((kind) => at(document, ...MAIL, kind) !== undefined)) return []
  const message = 'expected text or html, got neither'
  return [{ code: 'missing_field', path: MAIL, message, fix: 'text: "Hello ${payload./name}"' }]
}

/** One that values fill is looked at when they are known. */
function addresses(document: unknown, path: Path): Finding[] {
  const value = at(document, ...path)
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.flatMap((text, index) => {
    if (typeof text !== 'string' || !isPlain(text) || parseMailbox(text) !== null) return []
    const message = `expected one mail address, got ${JSON.stringify(text.slice(0, 60))}`
    const where = Array.isArray(value) ? [...path, index] : path
    return [{ code: 'invalid_value' as const, path: where, message, fix: '"Ann <ann@example.org>"' }]
  })
}

function isPlain(text: string): boolean {
  const parsed = parseTemplate(text)
  return parsed.ok && parsed.template.every((part) => typeof part === 'string')
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,76}$/
/** These have fields of their own, or say how the mail is made. */
const RESERVED =
  /^(?:from|to|cc|bcc|sender|reply-to|subject|date|message-id|mime-version|content-.*|return-path|received|dkim-.*|resent-.*)$/i

function headers(document: unknown): Finding[] {
  const source = at(document, ...MAIL, 'headers')
  if (typeof source !== 'object' || source === null) return []
  const wrong = Object.keys(source).filter((name) => !HEADER_NAME.test(name) || RESERVED.test(name))
  return wrong.map((name) => {
    const message = `expected a header that a contract may set, got ${JSON.stringify(name)}`
    return { code: 'invalid_value', path: [...MAIL, 'headers', name], message, fix: 'a name such as X-Order' }
  })
}

function attachments(document: unknown): Finding[] {
  const files = at(document, ...MAIL, 'attachments')
  if (!Array.isArray(files)) return []
  return files.flatMap((file, index) => {
    const given = ['text', 'base64'].filter((kind) => at(file, kind) !== undefined)
    if (given.length === 1) return []
    const message = `expected one of text, base64, got ${given.length === 0 ? 'neither' : 'both'}`
    const fix = 'base64: "${payload./file}"'
    return [{ code: 'invalid_value' as const, path: [...MAIL, 'attachments', index], message, fix }]
  })
}
