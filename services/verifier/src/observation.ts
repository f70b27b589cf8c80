import type { EntryFields, LookFinished } from '@readback/telemetry'

export type CallbackReceived = {
  type: 'callback_received'
  tenant: string
  effect: string
  result: string
  looks: number
}

export type VerifierObservation =
  | LookFinished
  | { type: 'entries_claimed'; topic: 'verify'; count: number; refs: number }
  | (EntryFields & { type: 'lease_lost'; fence: number })
  | (EntryFields & { type: 'entry_settled'; state: string; commit_to_settled_ms: number })
  | { type: 'publish_failed'; topic: 'deliver' | 'verify'; count: number; error: unknown }
  | (EntryFields & { type: 'look_failed'; error: unknown })
