import { type Contract, type Entry, type MailPlan, renderCall, renderMail, startPrepare } from '@readback/contract'
import { NAMED_SECRETS } from './provider-line.ts'
import { type ShownRequest, shownRequest } from './shown-request.ts'

/** Where a call goes, before anything of an entry is filled in. */
export function callText(contract: Contract): string {
  const { call } = contract
  if (call.kind === 'code') return callPlace(contract)
  return call.kind === 'smtp' ? `mail through ${callPlace(contract)}` : `${call.method} ${call.url.text}`
}

/** The place that is called, or asked where to call: what a person must recognise before it is. */
export function callPlace({ call, prepare }: Contract): string {
  if (call.kind === 'code') return 'wherever the code of custom.call goes'
  if (call.kind === 'smtp') return `${call.server.host}:${call.server.port}`
  const places = [call.url, ...prepare.map(({ request }) => request.url)].flatMap(({ base }) =>
    'origin' in base ? [base.origin] : [],
  )
  return places[0] ?? call.url.text
}

/** What a call would send; null when it does not fit the contract. */
export function plannedCall(contract: Contract, entry: Entry): ShownRequest | null {
  const rendered = rendering(contract, entry)
  return rendered.ok ? rendered.shown : null
}

/** Why it does not fit, or null. */
export function callMisfit(contract: Contract, entry: Entry): string | null {
  if (contract.call.kind === 'code') return null
  const rendered = rendering(contract, entry)
  return rendered.ok ? null : rendered.message
}

type Rendering = { ok: true; shown: ShownRequest } | { ok: false; message: string }

function rendering(contract: Contract, entry: Entry): Rendering {
  const known = { prepared: namedValues(contract), ...entry }
  if (contract.call.kind === 'smtp') {
    const mail = renderMail(contract, known, NAMED_SECRETS)
    return mail.ok ? { ok: true, shown: shownMail(mail.plan) } : mail
  }
  if (contract.call.kind === 'code') return { ok: false, message: 'what code sends is known when it is sent' }
  const request = renderCall(contract, known, NAMED_SECRETS)
  return request.ok ? { ok: true, shown: shownRequest(request.plan) } : request
}

/** As a request whose method is the protocol; without the log-in, which no header of the mail holds. */
function shownMail({ server, from, subject, text, html, headers, messageId, ...others }: MailPlan): ShownRequest {
  const addresses = (boxes: MailPlan['to']) => boxes.map(({ address }) => address).join(', ')
  const lists = [
    ['to', addresses(others.to)],
    ['cc', addresses(others.cc)],
    ['bcc', addresses(others.bcc)],
    ['reply-to', addresses(others.replyTo)],
  ] as const
  const own = [['from', from.address], ...lists, ['subject', subject], ['message-id', `<${messageId}>`], ...headers]
  return {
    method: 'SMTP',
    url: `${server.host}:${server.port}`,
    headers: Object.fromEntries(own.filter(([, value]) => value !== '')),
    body: text ?? html,
  }
}

/** The first request before the call; those behind it depend on its answer. */
export function plannedPrepare(contract: Contract, entry: Entry): ShownRequest[] {
  const step = contract.prepare.length === 0 ? null : startPrepare(contract, entry, NAMED_SECRETS)
  return step?.kind === 'request' ? [shownRequest(step.plan)] : []
}

/** What a step of `prepare` will keep is not known yet: its name stands in its place, as a path, since it may be a URL. */
function namedValues({ prepare }: Contract): string {
  const names = prepare.flatMap(({ keep }) => keep.map(([name]) => name))
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, `/prepare.${name}`])))
}
