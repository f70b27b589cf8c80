import { type Answer, hasStatus } from './answer.ts'
import type { Scope } from './evaluate.ts'
import { parseExactly } from './json-exact.ts'
import { valueAt } from './json-pointer.ts'
import type { AbsentRule, ItemsRule, Look, NextPage } from './look-rules.ts'
import { matches } from './match.ts'
import { noticed } from './notice.ts'
import { idText } from './read-answer.ts'

/** What one answer to a look holds. */
export type Page =
  | { readonly kind: 'unreadable'; readonly cause: string; readonly what: string }
  | { readonly kind: 'absent'; readonly what: string }
  | { readonly kind: 'item'; readonly item: unknown }
  /** Those that are ours, and the query of the next page (encoded) or null after the last one. */
  | {
      readonly kind: 'items'
      readonly items: readonly unknown[]
      readonly next: string | null
      readonly maxPages: number
    }

export function readPage(look: Look, answer: Answer, scope: Scope): Page {
  if (answer.truncated) return unreadable('look_truncated', 'the answer was cut')
  const body = parseExactly(answer.body)
  if (look.absent.some((rule) => rule.kind === 'answer' && noticed(rule, proves(rule, answer.status, body, scope))))
    return { kind: 'absent', what: `absent by status ${answer.status}` }
  if (!noticed(look.present, hasStatus(look.present.statuses, answer.status)))
    return unreadable(`look_http_${answer.status}`, `status ${answer.status}`)
  if (body === undefined && readsBody(look)) return unreadable('look_not_json', 'the answer is not JSON')
  return look.items === null ? { kind: 'item', item: body } : itemsIn(look.items, body, scope)
}

/** Where only the status counts, the answer may be anything. */
function readsBody({ items, present, pending, failed, removed }: Look): boolean {
  return items !== null || [present.match, pending, failed, removed].some((rules) => rules.length > 0)
}

function proves(rule: Extract<AbsentRule, { kind: 'answer' }>, status: number, body: unknown, scope: Scope): boolean {
  if (!hasStatus(rule.statuses, status)) return false
  if (rule.match.length > 0 && (body === undefined || !matches(rule.match, body, scope))) return false
  return rule.missing === null || (body !== undefined && valueAt(body, rule.missing) === undefined)
}

function itemsIn(rule: ItemsRule, body: unknown, scope: Scope): Page {
  const list = valueAt(body, rule.at) ?? (rule.missingMeansEmpty ? [] : undefined)
  if (!Array.isArray(list)) return unreadable('look_without_list', 'no list in the answer')
  const items = list.filter((item: unknown) => matches(rule.where, item, scope))
  const next = rule.next === null ? null : nextQuery(rule.next, body)
  if (next === '') return unreadable('page_without_cursor', 'more pages, and no way to the next')
  return { kind: 'items', items, next, maxPages: rule.next?.maxPages ?? 1 }
}

/** Null after the last page; an empty text when there are more pages but no cursor to them. */
function nextQuery(next: NextPage, body: unknown): string | null {
  if (next.while !== null && !isTruthy(valueAt(body, next.while))) return null
  const cursors = next.query.map(([name, at]) => [name, idText(valueAt(body, at))] as const)
  if (cursors.some(([, cursor]) => cursor === null)) return next.while === null ? null : ''
  return cursors.map(([name, cursor]) => `${encodeURIComponent(name)}=${encodeURIComponent(cursor ?? '')}`).join('&')
}

function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== ''
}

function unreadable(cause: string, what: string): Page {
  return { kind: 'unreadable', cause, what }
}
