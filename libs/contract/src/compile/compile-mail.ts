import { parseDuration } from '../duration.ts'
import type { AuthSource } from '../schema/schema-auth.ts'
import type { MailCallSource } from '../schema/schema-mail.ts'
import type { MailTemplate } from '../send/mail-template.ts'
import { type Template, templateOf } from '../send/template.ts'

const PORTS = { implicit: 465, starttls: 587, none: 25 } as const

/** For a call that the checks have let through. */
export function compileMail(
  { smtp, mail, timeout }: MailCallSource,
  auth: AuthSource | undefined,
  messageIdDomain: string | null,
): MailTemplate {
  const basic = auth?.basic
  return {
    kind: 'smtp',
    server: { host: smtp.host, port: smtp.port ?? PORTS[smtp.tls], tls: smtp.tls, name: smtp.name ?? null },
    logIn: basic === undefined ? null : { user: templateOf(basic.user), password: templateOf(basic.password) },
    from: templateOf(mail.from),
    to: list(mail.to),
    cc: list(mail.cc),
    bcc: list(mail.bcc),
    replyTo: list(mail.reply_to),
    subject: templateOf(mail.subject),
    text: mail.text === undefined ? null : templateOf(mail.text),
    html: mail.html === undefined ? null : templateOf(mail.html),
    headers: sorted(mail.headers),
    attachments: (mail.attachments ?? []).map(({ name, type, text, base64 }) => ({
      name: templateOf(name),
      type: type ?? null,
      encoding: base64 === undefined ? 'utf8' : 'base64',
      content: templateOf(base64 ?? text ?? ''),
    })),
    messageIdDomain,
    timeoutMs: parseDuration(timeout) ?? 0,
  }
}

const list = (source: string | readonly string[] | undefined): readonly Template[] =>
  source === undefined ? [] : [source].flat().map((text) => templateOf(text))

/** So that the bytes do not depend on how the document was kept. */
function sorted(source: Readonly<Record<string, string | number | boolean>> | undefined) {
  const entries = Object.entries(source ?? {}).sort(([left], [right]) => (left < right ? -1 : 1))
  return entries.map(([name, value]) => [name, templateOf(String(value))] as const)
}
