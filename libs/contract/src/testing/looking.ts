import type { Contract } from '../contract.ts'
import type { AnswerOrFailure } from '../read/answer.ts'
import { type Sighting, type Subject, startLook } from '../read/look.ts'
import { loaded, secret, UNANSWERED } from './sample-contract.ts'

export const ANSWERED: Subject = { ...UNANSWERED, externalId: 'inv_1', answeredCalls: 1 }
export const KEY = UNANSWERED.key

/** An answer; what is no text is sent as JSON. */
export const reply = (body: unknown, status = 200, headers: Record<string, string> = {}): AnswerOrFailure => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  truncated: false,
})

export const CANARY = reply({})

/** Drives the look with these answers, and returns what it saw and what it asked for, without the host. */
export function looking(
  contract: Contract,
  answers: readonly AnswerOrFailure[],
  subject: Subject = UNANSWERED,
): Sighting & { asked: string[] } {
  const asked: string[] = []
  let step = startLook(contract, subject, secret)
  for (const answer of answers) {
    if (step.kind === 'seen') throw new Error(`saw ${step.verdict} (${step.what}) before ${JSON.stringify(answer)}`)
    asked.push(`${step.plan.method} ${step.plan.url.replace('https://b.example', '')}`.replace('GET ', ''))
    step = step.next(answer)
  }
  if (step.kind === 'request') throw new Error(`still asks for ${step.plan.url}`)
  return { ...step, asked }
}

/** A contract that is read back by these lines of `verify`. */
export function lookedAtBy(verify: string, call = ''): Contract {
  return loaded(`effect: a
version: 1
call:
  method: PUT
  url: https://b.example/things/\${key}
  body: { text: "\${payload./content}" }
  timeout: 10s
${call}
provider: { key: { in: path }, repeat: overwrites }
verify:
${verify}
on_unknown: reconcile
rollback: { strategy: none }
`)
}
