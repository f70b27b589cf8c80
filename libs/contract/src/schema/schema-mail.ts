import { z } from 'zod'
import { choice, lastingDuration, record, scalar, shape, text } from './schema-leaves.ts'

const HOST = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i
const hostName = z.string({ error: 'a host name' }).regex(HOST, { error: 'a host name, such as smtp.example.org' })

const smtp = shape({
  host: hostName.describe('Server that takes the mail.'),
  port: z
    .int({ error: 'a port' })
    .min(1, { error: 'a port' })
    .max(65_535, { error: 'a port' })
    .optional()
    .describe('Its port. Default: 465 for implicit, 587 for starttls, 25 for none.'),
  tls: choice('implicit', 'starttls', 'none').describe(
    'TLS from the first byte, by STARTTLS (required, never optional), or none, which goes to listed hosts only.',
  ),
  name: hostName.optional().describe('Name that we greet the server with. Default: the domain of the Message-ID.'),
})

const address = text('a mail address')
const addresses = (what: string) =>
  z
    .union([address, z.array(address).min(1).max(50)], { error: 'a mail address, or a list of at most 50' })
    .optional()
    .describe(what)

const attachment = shape({
  name: text('a file name').describe('File name that the mail shows.'),
  type: text('a media type').optional().describe('Media type. Default: by the ending of the name.'),
  text: text('a text').optional().describe('Content as text.'),
  base64: text('a text').optional().describe('Content as base64, such as "${payload./file}".'),
})

const mail = shape({
  from: address.describe('Sender, as "ann@example.org" or "Ann <ann@example.org>".'),
  to: z
    .union([address, z.array(address).min(1).max(50)], { error: 'a mail address, or a list of at most 50' })
    .describe('Recipients. If the server refuses one of them, nobody gets the mail.'),
  cc: addresses('Recipients that are shown as copies. Default: none.'),
  bcc: addresses('Recipients that are not shown. Default: none.'),
  reply_to: addresses('Where answers go. Default: to the sender.'),
  subject: text('a text').describe('Subject line.'),
  text: text('a text').optional().describe('Body as plain text.'),
  html: text('a text').optional().describe('Body as HTML; values are escaped.'),
  headers: record(scalar, 'a map from header names to texts').optional().describe('Further headers. Default: none.'),
  attachments: z
    .array(attachment, { error: 'a list of attachments' })
    .max(20, { error: 'a list of at most 20 attachments' })
    .optional()
    .describe('Attached files. Default: none.'),
})

/** A call that is a mail; the other kind is a request. */
export const mailCall = shape(
  {
    smtp: smtp.describe('The server, and how it is reached. Log-in by auth: { basic: ... }.'),
    mail: mail.describe('The mail. Its Date is the time of the commit, so that every attempt sends the same bytes.'),
    timeout: lastingDuration.describe('For connecting, sending and the last reply together.'),
  },
  'a mail: smtp, mail and timeout',
)

export type MailCallSource = z.infer<typeof mailCall>
