/**
 * The states of an entry and the legal moves between them.
 *
 *   pending ──claim──▶ calling ──2xx──▶ verifying ──present──▶ done (at once, if the worker's own first look sees it)
 *      │                │ │ │               │  ▲
 *      ▼                │ │ └─no read-back──┼──┼─────────────▶ acknowledged
 *   scheduled ◀─backoff─┘ │                 │  │
 *      ▲                  └─lost reply─▶ unknown (leaves by a look, or by a person)
 *      └──────absent, proven────────────────┘
 *
 * `dead` needs a person, who replays (which looks first), or discards. The database's CHECKs say the same; a test compares.
 */
export const LIVE_STATES = ['scheduled', 'held', 'calling', 'unknown', 'verifying', 'dead'] as const
export const SETTLED_STATES = ['done', 'acknowledged', 'cancelled', 'expired', 'discarded'] as const

export type LiveState = (typeof LIVE_STATES)[number]
export type SettledState = (typeof SETTLED_STATES)[number]
/** `pending` is committed and has no live row yet. */
export type State = 'pending' | LiveState | SettledState

export const LEGAL_MOVES: Record<State, readonly State[]> = {
  pending: ['calling', 'scheduled', 'held', 'cancelled', 'expired'],
  scheduled: ['calling', 'held', 'dead', 'cancelled', 'expired'],
  held: ['scheduled', 'dead', 'cancelled', 'expired'],
  calling: ['verifying', 'done', 'acknowledged', 'scheduled', 'unknown', 'dead'],
  unknown: ['verifying', 'dead'],
  verifying: ['verifying', 'done', 'unknown', 'scheduled', 'dead'],
  dead: ['unknown', 'scheduled', 'discarded', 'cancelled'],
  done: [],
  acknowledged: [],
  cancelled: [],
  expired: [],
  discarded: [],
}

export const canMove = (from: State, to: State): boolean => LEGAL_MOVES[from].includes(to)

/** What anyone is told who asks with nothing but the key (requirement Q1). */
export const STATUSES = ['not_started', 'in_progress', 'done', 'acknowledged', 'needs_attention', 'cancelled'] as const
export type Status = (typeof STATUSES)[number]

/** Why a row waits for a time; stored with it, so that nobody has to guess. */
export const WAIT_REASONS = [
  'not_before',
  'backoff',
  'rate_limit',
  'concurrency',
  'retry_budget',
  'call_again',
  'replay',
  'snoozed',
  'expiring',
  'released',
] as const
export type WaitReason = (typeof WAIT_REASONS)[number]

/**
 * Why a row is held, whatever the time: for entries that must be done first, for earlier ones of its ordering key, for an approval,
 * or because an operator has put it aside.
 */
export const HOLD_REASONS = ['after', 'order', 'approval', 'parked'] as const
export type HoldReason = (typeof HOLD_REASONS)[number]
