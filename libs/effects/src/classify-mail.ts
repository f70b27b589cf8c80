import type { ReadAnswer } from '@readback/contract'
import type { MailExchange } from './mail-exchange.ts'

/** Authentication required, too weak, failed, or not without encryption. */
const DENIED = new Set([530, 534, 535, 538])

/**
 * What one conversation with a mail server proves. The final dot is the point of no return; since nobody can know how much of the mail
 * the server has read, the first byte of it counts as the dot.
 *
 * | mail left | reply                    | outcome                                               |
 * |-----------|--------------------------|-------------------------------------------------------|
 * | no        | none                     | retryable_failure; permission_denied by the guard     |
 * | no        | 4yz                      | retryable_failure                                     |
 * | no        | 5yz to the log-in        | permission_denied                                     |
 * | no        | 5yz to anything else     | validation_failure                                    |
 * | yes       | none, or not to the whole| side_effect_unknown                                   |
 * | yes       | 2yz, 4yz, 5yz            | success, retryable_failure, validation_failure        |
 */
export function classifyMail({ reply, error, mailSent }: MailExchange): ReadAnswer {
  if (reply !== null) return read(classOf(reply.code, mailSent, error?.code), `smtp_${reply.code}`, queueId(reply.text))
  const cause = error?.code ?? 'no_answer'
  if (mailSent) return read('side_effect_unknown', cause)
  if (cause === 'egress_denied') return read('permission_denied', cause)
  return cause === 'EMESSAGE' ? read('validation_failure', 'mail_too_large') : read('retryable_failure', cause)
}

function classOf(code: number, mailSent: boolean, error: string | undefined): ReadAnswer['class'] {
  if (mailSent && code >= 200 && code <= 299) return 'success'
  if ((code >= 400 && code <= 499) || error === 'ETLS') return 'retryable_failure'
  if (code >= 500 && code <= 599)
    return DENIED.has(code) || error === 'EAUTH' ? 'permission_denied' : 'validation_failure'
  return mailSent ? 'side_effect_unknown' : 'retryable_failure'
}

const QUEUE_ID = /\b(?:queued as|id=) {0,3}([\w.-]{1,64})/i

/** The name that the server's queue gave the mail, as most servers say it. */
function queueId(text: string): string | null {
  return QUEUE_ID.exec(text)?.[1] ?? null
}

function read(outcome: ReadAnswer['class'], cause: string, externalId: string | null = null): ReadAnswer {
  return {
    class: outcome,
    means: null,
    cause,
    externalId: outcome === 'success' ? externalId : null,
    retryAfterMs: null,
  }
}
