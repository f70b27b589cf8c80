import { renderText, type Scope } from '../send/evaluate.ts'
import { ownHeader } from './answer.ts'
import type { OpenAnswer } from './decode.ts'
import { idText } from './external-id.ts'
import { valueAt } from './json-pointer.ts'
import { linkTo } from './link-header.ts'
import type { NextPage, Until } from './look-rules.ts'
import { timeMs } from './time-of.ts'
import { XmlNodes } from './xml.ts'

/** Where a look goes from one page of a list. */
export type Onward =
  | { readonly kind: 'end' }
  /** Appended to the first request, encoded. */
  | { readonly kind: 'query'; readonly query: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'stuck'; readonly cause: string; readonly what: string }

const END: Onward = { kind: 'end' }

export type PageOfList = {
  readonly answer: OpenAnswer
  readonly body: unknown
  readonly list: readonly unknown[]
  /** That the page was asked for by. */
  readonly url: string
}

export function onwardFrom(next: NextPage | null, page: PageOfList, scope: Scope): Onward {
  if (next === null) return END
  const saysMore = next.while !== null
  if (next.while !== null && !saysYes(valueAt(page.body, next.while), page.body)) return END
  if (next.until !== null && onlyOlderFollow(next.until, page.list, scope)) return END
  const onward = next.by.kind === 'query' ? byQuery(next.by.query, page) : byUrl(next.by, page)
  return onward.kind === 'end' && saysMore ? stuck('page_without_cursor', 'more pages, and no way to the next') : onward
}

type Query = Extract<NextPage['by'], { kind: 'query' }>['query']

function byQuery(query: Query, { body }: PageOfList): Onward {
  const cursors = query.map(([name, at]) => [name, cursorText(valueAt(body, at))] as const)
  if (cursors.some(([, cursor]) => cursor === null)) return END
  const texts = cursors.map(([name, cursor]) => `${encodeURIComponent(name)}=${encodeURIComponent(cursor ?? '')}`)
  return { kind: 'query', query: texts.join('&') }
}

// The longest line that servers are sure to take.
const CURSOR_BYTES_MAX = 8_000

function cursorText(value: unknown): string | null {
  return idText(value, CURSOR_BYTES_MAX)
}

function byUrl(by: Exclude<NextPage['by'], { kind: 'query' }>, { answer, body, url }: PageOfList): Onward {
  const written = by.kind === 'link' ? linkTo('next', ownHeader(answer.headers, 'link') ?? '') : valueAt(body, by.at)
  if (written === undefined || written === null || written === '' || written === false) return END
  const next = sameOrigin(written, url)
  return next === null ? stuck('page_elsewhere', 'the next page is not at the same origin') : { kind: 'url', url: next }
}

/** Anywhere else our credentials would go to whom the answer names. */
function sameOrigin(written: unknown, url: string): string | null {
  const text = typeof written === 'string' ? cursorText(written) : null
  if (text === null || !URL.canParse(text, url)) return null
  const next = new URL(text, url)
  next.hash = ''
  const trusted = next.origin === new URL(url).origin && next.username === '' && next.password === ''
  return trusted ? next.href : null
}

/** Only where the page shows itself to be sorted: a list in another order may have ours anywhere. */
function onlyOlderFollow({ at, before, marginMs }: Until, list: readonly unknown[], scope: Scope): boolean {
  const limit = timeMs(renderText(before, scope))
  const times = list.map((item) => timeMs(valueAt(item, at)))
  const sorted = times.every((time, index) => time !== null && (index === 0 || time <= (times[index - 1] ?? 0)))
  const last = times.at(-1) ?? null
  return sorted && last !== null && limit !== null && last < limit - marginMs
}

const NO = new Set<unknown>([undefined, null, false, 0, ''])
/** Where there is nothing but text. In JSON a text may as well be a cursor that is called so. */
const NO_IN_XML = new Set<unknown>(['false', '0'])

function saysYes(value: unknown, body: unknown): boolean {
  return !NO.has(value) && !(body instanceof XmlNodes && NO_IN_XML.has(value))
}

function stuck(cause: string, what: string): Onward {
  return { kind: 'stuck', cause, what }
}
