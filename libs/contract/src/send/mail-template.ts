import { createHash } from 'node:crypto'
import { RenderFailure, renderText, type Scope, textOf } from './evaluate.ts'
import type { Template } from './template.ts'

/** A mail with its texts still open, and the server that takes it. */
export type MailTemplate = {
  readonly kind: 'smtp'
  readonly server: MailServer
  readonly logIn: { readonly user: Template; readonly password: Template } | null
  readonly from: Template
  readonly to: readonly Template[]
  readonly cc: readonly Template[]
  readonly bcc: readonly Template[]
  readonly replyTo: readonly Template[]
  readonly subject: Template
  readonly text: Template | null
  readonly html: Template | null
  readonly headers: readonly (readonly [name: string, value: Template])[]
  readonly attachments: readonly AttachmentTemplate[]
  /** Right of the @ in the Message-ID, whose left is the key. */
  readonly messageIdDomain: string | null
  /** For connecting, sending and the last reply together. */
  readonly timeoutMs: number
}

export type MailServer = {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly name: string | null
}

type AttachmentTemplate = {
  readonly name: Template
  readonly type: string | null
  readonly encoding: 'utf8' | 'base64'
  readonly content: Template
}

/** One mail as it goes out, as data; composing it makes the same bytes each time. Holds secrets. */
export type MailPlan = {
  readonly server: MailServer
  readonly logIn: { readonly user: string; readonly password: string } | null
  readonly from: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly bcc: readonly Mailbox[]
  readonly replyTo: readonly Mailbox[]
  readonly subject: string
  readonly text: string | null
  readonly html: string | null
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly attachments: readonly {
    readonly name: string
    readonly type: string | null
    readonly encoding: 'utf8' | 'base64'
    readonly content: string
  }[]
  /** Without the angle brackets. */
  readonly messageId: string
  /** RFC 3339: when the intent was committed. */
  readonly date: string
  /** Separates the parts. */
  readonly boundary: string
  readonly timeoutMs: number
  /** As of a request. */
  readonly notAfterMs?: number | undefined
}

export type Mailbox = { readonly name: string; readonly address: string }

/** Throws RenderFailure when a value is missing or does not fit where it stands. */
export function renderMailPlan(mail: MailTemplate, scope: Scope): MailPlan {
  const boxes = (templates: readonly Template[]) => templates.map((template) => mailbox(template, scope))
  const from = mailbox(mail.from, scope)
  const messageId = messageIdOf(mail, from, scope)
  return {
    server: { ...mail.server, name: mail.server.name ?? domainOf(messageId) },
    logIn: mail.logIn && {
      user: renderText(mail.logIn.user, scope),
      password: renderText(mail.logIn.password, scope),
    },
    from,
    to: boxes(mail.to),
    cc: boxes(mail.cc),
    bcc: boxes(mail.bcc),
    replyTo: boxes(mail.replyTo),
    subject: oneLine('subject', mail.subject, scope),
    text: mail.text && renderText(mail.text, scope),
    html: mail.html && renderHtml(mail.html, scope),
    headers: mail.headers.map(([name, value]) => [name, oneLine(name, value, scope)] as const),
    attachments: mail.attachments.map((file) => ({
      name: oneLine('attachment', file.name, scope),
      type: file.type,
      encoding: file.encoding,
      content: file.encoding === 'base64' ? base64(file.content, scope) : renderText(file.content, scope),
    })),
    messageId,
    date: scope.entry.createdAt,
    boundary: createHash('sha256').update(messageId, 'utf8').digest('hex').slice(0, 32),
    timeoutMs: mail.timeoutMs,
  }
}

/** Where the key has another place, the entry names the mail: another attempt must not be another mail. */
function messageIdOf({ messageIdDomain }: MailTemplate, from: Mailbox, { key, entry }: Scope): string {
  return messageIdDomain === null ? `${entry.entryId}@${domainOf(from.address)}` : `${key}@${messageIdDomain}`
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1)

const ADDRESS = /^[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i
const DISPLAY_NAME = /^[^\p{Cc}\p{Cs}<>"\\,;:@]{0,100}$/u

/**
 * Exactly one address, whatever the value holds: a comma in it would be one more recipient. Null when it is none. Internationalised
 * addresses are not among them, since not every server on the way takes them.
 */
export function parseMailbox(text: string): Mailbox | null {
  const [before = '', inner, ...more] = text.split('<')
  if (inner === undefined) return ADDRESS.test(text.trim()) ? { name: '', address: text.trim() } : null
  const [name, address] = [before.trim(), inner.trimEnd()]
  const closed = more.length === 0 && address.endsWith('>') && ADDRESS.test(address.slice(0, -1))
  return closed && DISPLAY_NAME.test(name) ? { name, address: address.slice(0, -1) } : null
}

function mailbox(template: Template, scope: Scope): Mailbox {
  const parsed = parseMailbox(renderText(template, scope))
  if (parsed === null) throw new RenderFailure('value_does_not_fit', 'not one plain mail address')
  return parsed
}

// Before it is folded; a subject of a thousand characters is no subject.
const LINE_CHARS_MAX = 2_000

function oneLine(name: string, template: Template, scope: Scope): string {
  const text = renderText(template, scope)
  if (text.length <= LINE_CHARS_MAX && !/[\p{Cc}\p{Cs}]/u.test(text)) return text
  throw new RenderFailure('value_does_not_fit', `the ${name} of a mail is one line of text`)
}

/** The contract's own text is HTML; what the entry puts in is text. */
function renderHtml(template: Template, scope: Scope): string {
  return template.map((part) => (typeof part === 'string' ? part : escapeHtml(textOf(part, scope)))).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char)

function base64(template: Template, scope: Scope): string {
  const text = renderText(template, scope)
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return text
  throw new RenderFailure('value_does_not_fit', 'an attachment that is not base64')
}
