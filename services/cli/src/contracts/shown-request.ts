import type { AnswerOrFailure, RequestPlan } from '@readback/contract'

/** A request as people and programs are shown it: secrets by name. */
export type ShownRequest = {
  method: string
  url: string
  headers: Record<string, string>
  body: string | null
}

export type ShownAnswer = {
  status: number | null
  /** Why there is no answer. */
  failed: string | null
  body: string | null
  truncated: boolean
}

export function shownRequest({ method, url, headers, body }: RequestPlan): ShownRequest {
  const shown = headers.map(([name, value]) => [name, basicByName(value)] as const)
  return {
    method,
    url: namesUnescaped(url),
    headers: Object.fromEntries(shown),
    body: bodyText(body),
  }
}

/** Bytes are shown as the text that they mostly are. */
function bodyText(body: RequestPlan['body']): string | null {
  return typeof body === 'string' || body === null ? body : Buffer.from(body).toString()
}

/** Basic credentials hide the names that stand for the secrets in them. */
function basicByName(value: string): string {
  if (!value.startsWith('Basic ')) return value
  const credentials = Buffer.from(value.slice('Basic '.length), 'base64').toString()
  return credentials.includes('${secret:') ? `Basic base64(${credentials})` : value
}

const namesUnescaped = (url: string): string => url.replaceAll(/%24%7Bsecret%3A(\w+)%7D/g, '${secret:$1}')

const BODY_CHARS = 2_000

export function shownAnswer(answer: AnswerOrFailure, hide: (text: string) => string): ShownAnswer {
  if ('failed' in answer) return { status: null, failed: answer.failed, body: null, truncated: false }
  const body = hide(answer.body)
  return {
    status: answer.status,
    failed: null,
    body: body === '' ? null : body.slice(0, BODY_CHARS),
    truncated: answer.truncated || body.length > BODY_CHARS,
  }
}
