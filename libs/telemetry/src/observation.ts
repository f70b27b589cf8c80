/** Which intent it is about: on every line that concerns one (K5). */
export type EntryFields = { entry_id: string; tenant: string; effect: string; key: string }

/** One call, told once and completely. */
export type CallAttempted = EntryFields & {
  type: 'call_attempted'
  source: string
  attempt: number
  fence: number
  outcome: string
  cause: string
  /** How far the request got: `connect`, `request`, `complete` and so on. */
  phase: string
  status: number | null
  duration_ms: number
  external_id: string | null
  /** The state the entry goes to, and when it is due there. */
  next: string
  due_in_ms: number | null
  traceparent: string | null
}

/** One read-back. */
export type LookFinished = EntryFields & {
  type: 'look_finished'
  source: string
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

type Topic = 'deliver' | 'verify'

/** Everything worth noticing. What becomes of each is in `kinds.ts`; nobody else knows of lines and metrics. */
export type Observation =
  | CallAttempted
  | LookFinished
  | (EntryFields & { type: 'entry_settled'; state: string; commit_to_settled_ms: number })
  /** Another process took the entry over: what this one found out is not written. */
  | (EntryFields & { type: 'lease_lost'; fence: number })
  /** Claimed, and put back before the first byte. */
  | (EntryFields & { type: 'call_given_back'; reason: string })
  | (EntryFields & { type: 'delivery_failed'; error: unknown })
  | (EntryFields & { type: 'look_failed'; error: unknown })
  /** A provider sent something by itself. What it says is not logged: anybody may have written it. */
  | { type: 'callback_received'; tenant: string; effect: string; result: string; looks: number }
  | { type: 'entries_claimed'; topic: Topic; count: number; refs: number }
  | { type: 'throttled'; scope: string; count: number }
  /** No contract of this effect is deployed here, or this program cannot read it. */
  | { type: 'effect_unknown'; effect: string }
  // Relay
  | { type: 'entries_captured'; count: number; lag_ms: number }
  | { type: 'entries_republished'; count: number }
  | { type: 'entries_released'; count: number }
  | { type: 'lost_marks_found'; count: number }
  | { type: 'unclaimed_healed'; count: number }
  | { type: 'books_checked'; unclaimed: number }
  | { type: 'leases_expired'; calls: number; looks: number }
  /** A key that looks as if it did not name an intent. Each is counted; a line is written where it `warns`. */
  | (EntryFields & { type: 'key_questionable'; finding: string; advice: string; count: number; warns: boolean })
  | { type: 'processes_lost'; count: number }
  | { type: 'keys_expired'; count: number }
  | { type: 'partitions_made'; count: number }
  | { type: 'partitions_dropped'; week: string }
  | { type: 'shards_led'; shards: readonly number[] }
  | { type: 'shards_lost'; shards: readonly number[] }
  | { type: 'cursor_rebuilt'; shards: readonly number[]; lineage: string }
  // Dispatch
  | { type: 'hand_over_failed'; topic: Topic; failures: number; error: unknown }
  | { type: 'overdue_taken'; topic: Topic; count: number }
  | { type: 'record_skipped'; topic: Topic; partition: number; offset: string; reason: string; count: number }
  | { type: 'partitions_assigned'; topic: Topic; partitions: readonly number[] }
  | { type: 'commit_failed'; topic: Topic; error: unknown }
  | { type: 'consumer_replaced'; topic: Topic; reason: string; error: unknown }
  | { type: 'publish_failed'; topic: Topic; count: number; error: unknown }
  | { type: 'connect_failed'; error: unknown }
  | { type: 'client_logged'; level: 'warn' | 'error'; message: string }
  | { type: 'idle_timer_kept'; version: string }
  // Process
  | { type: 'role_started'; role: string; port: number | null; dispatch: string; version: string; sources?: string[] }
  /** Several databases: the roles work on this one from now on. */
  | { type: 'source_started' }
  /** They cannot yet; the others do not wait for it. */
  | { type: 'source_failed'; failures: number; retry_in_ms: number; error: unknown }
  | { type: 'draining'; role: string; grace_ms: number }
  | { type: 'role_stopped'; role: string; how: string }
  | { type: 'loop_failed'; name: string; failures?: number; error: unknown }
  | { type: 'session_lost'; process: string }
  | { type: 'connection_lost'; error: unknown }
  | { type: 'contract_deployed'; effect: string; version: number; result: string }
  | { type: 'contract_refused'; file: string; problem: string }

export type Observe = (observation: Observation) => void
