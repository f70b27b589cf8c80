import type { Mailbox, MailPlan } from '@readback/contract'
import MailComposer from 'nodemailer/lib/mail-composer'

/** The bytes of the mail. Nothing in them depends on when or where they are made: every attempt sends the same ones. */
export function composeMail(plan: MailPlan): Promise<Buffer> {
  const composer = new MailComposer({
    from: box(plan.from),
    to: plan.to.map(box),
    cc: plan.cc.map(box),
    replyTo: plan.replyTo.map(box),
    subject: plan.subject,
    ...(plan.text !== null && { text: plan.text }),
    ...(plan.html !== null && { html: plan.html }),
    headers: plan.headers.map(([key, value]) => ({ key, value })),
    attachments: plan.attachments.map(({ name, type, encoding, content }) => ({
      filename: name,
      content: Buffer.from(content, encoding),
      ...(type !== null && { contentType: type }),
    })),
    messageId: `<${plan.messageId}>`,
    date: new Date(plan.date),
    baseBoundary: plan.boundary,
    // Contents come from the entry, never from a place that it names.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}

const box = ({ name, address }: Mailbox) => ({ name, address })
