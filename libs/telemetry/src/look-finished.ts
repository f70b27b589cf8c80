import type { EntryFields, LookFinished } from './observation.ts'

export type LookedAt = {
  entry: EntryFields & { fence: number; traceparent: string | null }
  result: { verdict: string; cause: string; externalId: string | null; evidence: { status: number | null } }
  step: { to: string; dueInMs?: number }
  durationMs: number
}

/** The one wide event of a look, whoever looked. */
export function lookFinished(source: string, { entry, result, step, durationMs }: LookedAt): LookFinished {
  const { entry_id, tenant, effect, key, fence, traceparent } = entry
  return {
    type: 'look_finished',
    source,
    entry_id,
    tenant,
    effect,
    key,
    fence,
    verdict: result.verdict,
    cause: result.cause,
    status: result.evidence.status,
    duration_ms: durationMs,
    external_id: result.externalId,
    next: step.to,
    due_in_ms: step.dueInMs ?? null,
    traceparent,
  }
}
