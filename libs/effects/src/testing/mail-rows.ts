import type { Socket } from 'node:net'
import type { Script } from './mail-server.ts'
import { hangsUp, type Outcome, pours, saysNothing } from './outcome-row.ts'

export type MailRow = {
  /** Goes on from "the mail server". */
  readonly when: string
  readonly script: Script
  readonly proves: Outcome
  /** How many mails the server has read to their end. */
  readonly whole: number
}

const pour = (bytes: string) => pours('', bytes)

const hangUpAmid = (socket: Socket): void => {
  socket.removeAllListeners('data').once('data', () => socket.destroy())
  socket.write('354 go\r\n')
}

const mail = (when: string, script: Script, proves: Outcome, whole = 0): MailRow => ({ when, script, proves, whole })
const later = (cause: string) => `connect no retryable_failure ${cause} call_again`
const refused = (cause: string) => `connect no validation_failure ${cause} person`
const unknown = (phase: string, cause: string) => `${phase} all side_effect_unknown ${cause} person`

/** The contract of these has no look: a success is acknowledged, and a doubt is a person's. */
export const BY_MAIL: readonly MailRow[] = [
  mail('greets with 421', { hello: '421 busy\r\n' }, later('smtp_421')),
  mail('greets with 554', { hello: '554 go away\r\n' }, refused('smtp_554')),
  mail('hangs up instead of greeting', { hello: hangsUp }, later('ECONNECTION')),
  mail('never greets', { hello: saysNothing }, later('deadline')),
  mail('greets without end', { hello: pour('220-hello\r\n'.repeat(1_000)) }, later('EPROTOCOL')),
  mail('greets on a line without end', { hello: pour('2'.repeat(4_096)) }, later('EPROTOCOL')),
  mail('says nothing, line by line', { hello: pour('\r\n'.repeat(1_000)) }, later('reply_too_large')),
  mail('speaks HTTP', { hello: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, later('EPROTOCOL')),
  mail('hangs up at EHLO', { EHLO: hangsUp }, later('ECONNECTION')),
  mail('never answers EHLO', { EHLO: saysNothing }, later('deadline')),
  mail('refuses the sender for now', { MAIL: '451 later\r\n' }, later('smtp_451')),
  mail('refuses the sender', { MAIL: '550 no\r\n' }, refused('smtp_550')),
  mail('wants a log-in', { MAIL: '530 log in\r\n' }, 'connect no permission_denied smtp_530 person'),
  mail('hangs up at the sender', { MAIL: hangsUp }, later('ECONNECTION')),
  mail('refuses the recipient for now', { RCPT: '450 greylisted\r\n' }, later('smtp_450')),
  mail('refuses the recipient', { RCPT: '550 unknown\r\n' }, refused('smtp_550')),
  mail('hangs up at the recipient', { RCPT: hangsUp }, later('ECONNECTION')),
  mail('refuses the content for now', { DATA: '451 full\r\n' }, later('smtp_451')),
  mail('refuses the content', { DATA: '554 no\r\n' }, refused('smtp_554')),
  mail('hangs up before the content', { DATA: hangsUp }, later('ECONNECTION')),
  mail('never asks for the content', { DATA: saysNothing }, later('deadline')),
  mail('hangs up amid the content', { DATA: hangUpAmid }, unknown('sent', 'ECONNECTION')),
  mail('hangs up after the dot', { '.': hangsUp }, unknown('sent', 'ECONNECTION'), 1),
  mail('is silent after the dot', { '.': saysNothing }, unknown('sent', 'deadline'), 1),
  mail('cuts its last reply', { '.': (socket) => socket.end('250 o') }, unknown('sent', 'ECONNECTION'), 1),
  mail('cuts its last refusal', { '.': (socket) => socket.end('550 n') }, unknown('sent', 'ECONNECTION'), 1),
  mail('gives half of its last reply', { '.': '250-queued\r\n' }, unknown('sent', 'deadline'), 1),
  mail('answers nonsense after the dot', { '.': 'what?\r\n' }, unknown('sent', 'EMESSAGE'), 1),
  mail('asks again after the dot', { '.': '354 more\r\n' }, unknown('complete', 'smtp_354'), 1),
  mail(
    'takes it back for now after the dot',
    { '.': '452 full\r\n' },
    'complete all retryable_failure smtp_452 call_again',
    1,
  ),
  mail('is closing after the dot', { '.': '421 closing\r\n' }, 'complete all retryable_failure smtp_421 call_again', 1),
  mail('takes it back after the dot', { '.': '552 spam\r\n' }, 'complete all validation_failure smtp_552 person', 1),
  mail(
    'takes it',
    { '.': '250-thanks\r\n250 2.0.0 Ok: queued as AB12\r\n' },
    'complete all success smtp_250 acknowledged',
    1,
  ),
  mail(
    'takes it and hangs up',
    { '.': (socket) => socket.end('250 ok\r\n') },
    'complete all success smtp_250 acknowledged',
    1,
  ),
]
