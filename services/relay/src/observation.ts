export type RelayObservation =
  | { type: 'shards_led'; shards: readonly number[] }
  | { type: 'shards_lost'; shards: readonly number[] }
  | { type: 'cursor_rebuilt'; shards: readonly number[]; lineage: string }
  | { type: 'entries_captured'; count: number; lag_ms: number }
  | { type: 'entries_republished'; count: number }
  | { type: 'entries_released'; count: number }
  | { type: 'lost_marks_found'; count: number }
  | { type: 'unclaimed_healed'; count: number }
  | { type: 'books_checked'; unclaimed: number }
  | { type: 'leases_expired'; calls: number; looks: number }
  | {
      type: 'key_questionable'
      entry_id: string
      tenant: string
      effect: string
      key: string
      finding: string
      advice: string
      count: number
      warns: boolean
    }
  | {
      type: 'entry_settled'
      entry_id: string
      tenant: string
      effect: string
      key: string
      state: string
      commit_to_settled_ms: number
    }
  | { type: 'processes_lost'; count: number }
  | { type: 'keys_expired'; count: number }
  | { type: 'partitions_made'; count: number }
  | { type: 'partitions_dropped'; week: string }
  | { type: 'loop_failed'; name: string; error: unknown }
