import { parseDuration } from '../duration.ts'
import { DEFAULTS } from '../schema/defaults.ts'
import type { Check, Finding } from './check.ts'
import { at } from './document.ts'
import { stepPaths } from './request-paths.ts'

/** Numbers that contradict each other: each alone is fine, together they break a promise. */
export const checkNumbers: Check = (document, { leaseMs }) => {
  const deadline = durationAt(document, ['retry', 'deadline'], DEFAULTS.retryDeadline)
  return [
    ...tooLong(document, leaseMs),
    ...togetherTooLong(document, leaseMs),
    ...retention(document, deadline),
    ...keyLifetime(document, deadline),
  ]
}

type Duration = { readonly ms: number; readonly text: string }

function durationAt(document: unknown, path: readonly string[], otherwise: string): Duration | null {
  const text = at(document, ...path) ?? otherwise
  const ms = parseDuration(text)
  return ms === null || typeof text !== 'string' ? null : { ms, text }
}

const TIMEOUTS = [
  ['call'],
  ['verify', 'by_key'],
  ['verify', 'by_key', 'read'],
  ['verify', 'by_id', 'read'],
  ['verify', 'canary'],
] as const

function tooLong(document: unknown, leaseMs: number): Finding[] {
  return TIMEOUTS.map((request) => [...request, 'timeout']).flatMap((path) => {
    const timeoutMs = parseDuration(at(document, ...path))
    if (timeoutMs === null || timeoutMs * 2 <= leaseMs) return []
    const message = `expected at most half of the lease of ${leaseMs} ms, or a slow call outlives it, got ${String(at(document, ...path))}`
    return [
      {
        code: 'lease_too_short' as const,
        path,
        message,
        fix: `timeout: ${Math.floor(leaseMs / 2)}ms or less, or a longer lease`,
      },
    ]
  })
}

/** The steps and the call behind them are one attempt, under one lease. */
function togetherTooLong(document: unknown, leaseMs: number): Finding[] {
  const steps = stepPaths(document)
  const callMs = parseDuration(at(document, 'call', 'timeout')) ?? 0
  const stepMs = steps.map((step) => parseDuration(at(document, ...step, 'request', 'timeout')) ?? callMs)
  const sumMs = stepMs.reduce((sum, ms) => sum + ms, callMs)
  if (steps.length === 0 || sumMs * 2 <= leaseMs || callMs * 2 > leaseMs) return []
  const message = `expected steps that take, with the call, at most half of the lease of ${leaseMs} ms, got ${sumMs} ms`
  const fix = 'timeout: 2s in each request of prepare, or a longer lease'
  return [{ code: 'lease_too_short', path: ['prepare'], message, fix }]
}

function retention(document: unknown, deadline: Duration | null): Finding[] {
  const retention = durationAt(document, ['key', 'retention'], DEFAULTS.keyRetention)
  if (deadline === null || retention === null || deadline.ms <= retention.ms) return []
  const message = `expected at most the key retention of ${retention.text}, or a retry finds its key forgotten, got ${deadline.text}`
  return [
    {
      code: 'retention_too_short',
      path: ['retry', 'deadline'],
      message,
      fix: `deadline: ${retention.text}, or a longer key.retention`,
    },
  ]
}

/** After the provider forgot the key, an attempt with it acts a second time. */
function keyLifetime(document: unknown, deadline: Duration | null): Finding[] {
  const lifetime = parseDuration(at(document, 'provider', 'key', 'lifetime'))
  const repeat = at(document, 'provider', 'repeat')
  const keyed = repeat === 'same_answer' || repeat === 'refused'
  if (!keyed || deadline === null || lifetime === null || deadline.ms <= lifetime) return []
  const text = String(at(document, 'provider', 'key', 'lifetime'))
  const message = `expected at most the ${text} that the provider remembers the key, or a late attempt acts twice, got ${deadline.text}`
  return [{ code: 'key_lifetime_too_short', path: ['retry', 'deadline'], message, fix: `deadline: ${text}` }]
}
