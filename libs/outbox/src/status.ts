import { type Connection, runnerOf } from './sql-runner.ts'

/** What has become of an intent, as every program is told: also for a key that nobody has used. */
export type EffectStatus = {
  tenant: string
  effect_name: string
  key: string
  status: 'not_started' | 'in_progress' | 'done' | 'acknowledged' | 'needs_attention' | 'cancelled'
  state: string | null
  cause: string | null
  entry_id: string | null
  attempts: number
  receipt: {
    verdict: string
    external_id: string | null
    observed_at: string
    evidence: unknown
    contract_version: number
    /** What the contract keeps of the effect (`verify.keep`), by name; null when it keeps nothing. */
    kept: Record<string, string | number | boolean | null> | null
  } | null
  history: { at: string; what: string; [detail: string]: unknown }[]
  next: { what: string; due_at: string | null } | null
  /** The entry that this one undoes. */
  compensates: string | null
  compensated_by: string | null
}

/** Asks by the key alone. Inside of a transaction it also sees what that has enqueued. */
export async function status(
  on: Connection,
  name: { tenant: string; effect: string | { readonly name: string }; key: string },
): Promise<EffectStatus> {
  const effect = typeof name.effect === 'string' ? name.effect : name.effect.name
  const [row] = await runnerOf(on)(STATUS, [name.tenant, effect, name.key])
  return JSON.parse((row as { answer: string }).answer)
}

// As text, so that no parser or plug-in of the caller's rewrites what is in it.
const STATUS = 'select readback.status($1, $2, $3)::text as answer'
