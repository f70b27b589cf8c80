import type { Scope } from '../send/evaluate.ts'
import { hasStatus } from './answer.ts'
import type { OpenAnswer } from './decode.ts'
import { isMissing, listAt, valueAt } from './json-pointer.ts'
import type { AbsentRule, ItemsRule, Look, StateRule } from './look-rules.ts'
import { comparison, isPlainObject, requireValues } from './match.ts'
import { type Onward, onwardFrom } from './next-page.ts'
import { noticed } from './notice.ts'
import { meets } from './read-answer.ts'

/** What one answer to a look holds. */
export type Page =
  | { readonly kind: 'unreadable'; readonly cause: string; readonly what: string }
  | { readonly kind: 'absent'; readonly what: string }
  /** The answer as a whole shows a state: a status of its own. */
  | { readonly kind: 'state'; readonly state: StateRule }
  | { readonly kind: 'item'; readonly item: unknown }
  /** Those that are ours, and where the others are. */
  | {
      readonly kind: 'items'
      readonly items: readonly unknown[]
      readonly onward: Onward
      readonly maxPages: number
    }

/** `url` is what was asked; `keeps` says that values of the thing are to be kept. Throws what cannot be decided. */
export function readPage(look: Look, answer: OpenAnswer, scope: Scope, asked: { url: string; keeps: boolean }): Page {
  if (answer.truncated) return unreadable('look_truncated', 'the answer was cut')
  const state = look.states.find((rule) => rule.statuses !== null && noticed(rule, shows(rule, look, answer, scope)))
  if (state !== undefined) return { kind: 'state', state }
  if (look.absent.some((rule) => rule.kind === 'answer' && noticed(rule, proves(rule, answer, scope))))
    return { kind: 'absent', what: `absent by status ${answer.status}` }
  if (!noticed(look.present, hasStatus(look.present.statuses, answer.status)))
    return unreadable(`look_http_${answer.status}`, `status ${answer.status}`)
  if (!asked.keeps && !readsBody(look)) return { kind: 'item', item: undefined }
  const body = answer.as(look.decode)
  if (body === undefined) return unreadable(`look_not_${look.decode}`, `the answer is not ${NAMES[look.decode]}`)
  return look.items === null
    ? { kind: 'item', item: body }
    : itemsIn(look.items, { answer, body, url: asked.url }, scope)
}

const NAMES = { json: 'JSON', xml: 'XML', text: 'text', form: 'a form' } as const

function shows(rule: StateRule, look: Look, answer: OpenAnswer, scope: Scope): boolean {
  if (rule.statuses === null || !rule.statuses.includes(answer.status)) return false
  return meets({ ...rule, decode: look.decode }, answer, scope)
}

/** Where only status, headers or bytes count, the answer may be anything. */
function readsBody({ items, present, states }: Look): boolean {
  return items !== null || [present, ...states].some(({ match }) => match.length > 0)
}

function proves(rule: Extract<AbsentRule, { kind: 'answer' }>, answer: OpenAnswer, scope: Scope): boolean {
  if (!hasStatus(rule.statuses, answer.status)) return false
  if (!meets(rule, answer, scope)) return false
  return rule.missing === null || isMissing(answer.as(rule.decode), rule.missing)
}

type Body = { readonly answer: OpenAnswer; readonly body: unknown; readonly url: string }

function itemsIn(rule: ItemsRule, page: Body, scope: Scope): Page {
  requireValues(rule.where, scope)
  const list = listAt(page.body, rule.at) ?? emptyList(rule, page.body)
  if (list === undefined) return unreadable('look_without_list', 'no list in the answer')
  const differs = comparison(rule.where, scope)
  const onward = onwardFrom(rule.next, { ...page, list }, scope)
  if (onward.kind === 'stuck') return unreadable(onward.cause, onward.what)
  return {
    kind: 'items',
    items: list.filter((item) => differs(item) === null),
    onward,
    maxPages: rule.next?.maxPages ?? 1,
  }
}

/** Even then only in a map: an answer of another kind altogether is no list of none. */
function emptyList({ missingMeansEmpty, at }: ItemsRule, body: unknown): readonly unknown[] | undefined {
  const missing = valueAt(body, at) ?? null
  return missingMeansEmpty && missing === null && isPlainObject(body) ? [] : undefined
}

function unreadable(cause: string, what: string): Page {
  return { kind: 'unreadable', cause, what }
}
