import type { CallAttempted, EntryFields, LookFinished } from '@readback/telemetry'

export type WorkerObservation =
  | CallAttempted
  | LookFinished
  | { type: 'entries_claimed'; topic: 'deliver'; count: number; refs: number }
  | { type: 'throttled'; scope: string; count: number }
  | { type: 'effect_unknown'; effect: string }
  | (EntryFields & { type: 'lease_lost'; fence: number })
  | (EntryFields & { type: 'call_given_back'; reason: string })
  | (EntryFields & { type: 'entry_settled'; state: string; commit_to_settled_ms: number })
  | { type: 'publish_failed'; topic: 'deliver' | 'verify'; count: number; error: unknown }
  | (EntryFields & { type: 'delivery_failed'; error: unknown })
