import type { TransportPhase } from '@readback/lifecycle'

/** One wide event an attempt: everything that is worth asking later, in one place. */
export type CallAttempted = {
  type: 'call_attempted'
  source: string
  entry_id: string
  tenant: string
  effect: string
  key: string
  attempt: number
  fence: number
  outcome: string
  cause: string
  phase: TransportPhase
  status: number | null
  duration_ms: number
  external_id: string | null
  next: string
  due_in_ms: number | null
  traceparent: string | null
}

export type WorkerObservation =
  | CallAttempted
  | { type: 'entries_claimed'; topic: 'deliver'; count: number; refs: number }
  | { type: 'throttled'; scope: string; count: number }
  | { type: 'effect_unknown'; effect: string }
  | { type: 'lease_lost'; entry_id: string; key: string; tenant: string; effect: string; fence: number }
  | { type: 'call_given_back'; entry_id: string; key: string; tenant: string; effect: string; reason: string }
  | {
      type: 'entry_settled'
      entry_id: string
      key: string
      tenant: string
      effect: string
      state: string
      commit_to_settled_ms: number
    }
  | { type: 'publish_failed'; topic: 'deliver' | 'verify'; count: number; error: unknown }
  | { type: 'delivery_failed'; entry_id: string; key: string; tenant: string; effect: string; error: unknown }
