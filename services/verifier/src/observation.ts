/** One wide event a look. */
export type LookFinished = {
  type: 'look_finished'
  source: string
  entry_id: string
  tenant: string
  effect: string
  key: string
  fence: number
  verdict: string
  cause: string
  status: number | null
  duration_ms: number
  external_id: string | null
  next: string
  due_in_ms: number | null
  traceparent: string | null
}

export type VerifierObservation =
  | LookFinished
  | { type: 'entries_claimed'; topic: 'verify'; count: number; refs: number }
  | { type: 'lease_lost'; entry_id: string; key: string; tenant: string; effect: string; fence: number }
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
  | { type: 'look_failed'; entry_id: string; key: string; tenant: string; effect: string; error: unknown }
