/** What a claim gives of an entry, for a call or for a look. The fence must be named by every later write. */
export type ClaimedEntry = {
  entry_id: string
  fence: number
  tenant: string
  effect: string
  effect_version: number
  key: string
  ordering_key: string
  payload: string
  traceparent: string | null
  priority: number
  /** RFC 3339 in UTC, with the database's microseconds. */
  created_at: string
  attempts: number
  answered_calls: number
  since_commit_ms: number
  since_first_call_ms: number
  /** Until when a call may begin, or null. */
  expires_in_ms: number | null
  /** What was prepared for the call by an earlier attempt: a JSON object, or null. */
  prepared: string | null
}

/** What each claim gives of an intent `o`, besides its payload. */
export const ABOUT_INTENT = `
         o.tenant, o.effect, o.priority, o.effect_version, o.key, coalesce(o.ordering_key, o.key) as ordering_key,
         o.traceparent, to_char(o.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at`
