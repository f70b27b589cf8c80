import type { RequestPlan } from '../send/request-template.ts'
import type { Answer } from './answer.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/**
 * The request that a look goes on with after a redirect, or null when it is not followed. Same scheme, host and port only, so that no
 * credential goes elsewhere; and only to a place that still carries every parameter we asked with: a list that lost its filter, or
 * its page, would look like an absence.
 */
export function followRedirect(plan: RequestPlan, answer: Answer): RequestPlan | null {
  if (plan.follow !== true || !REDIRECTS.has(answer.status)) return null
  const location = answer.headers['location']
  if (location === undefined) return null
  const from = new URL(plan.url)
  const to = URL.canParse(location, plan.url) ? new URL(location, plan.url) : null
  if (to === null || to.origin !== from.origin || to.username !== '' || to.password !== '') return null
  if (!keepsParameters(from.search, to.search)) return null
  return { ...plan, url: `${to.origin}${to.pathname}${to.search}` }
}

function keepsParameters(before: string, after: string): boolean {
  const kept = new Set(after.slice(1).split('&'))
  return before
    .slice(1)
    .split('&')
    .every((parameter) => parameter === '' || kept.has(parameter))
}
