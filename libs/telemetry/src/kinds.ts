import type { Kind, OfType } from './kind.ts'
import type { Metrics } from './metrics.ts'
import type { Observation } from './observation.ts'

type Kinds = { [T in Observation['type']]: Kind<OfType<T>> }

const ENTRY = ['entry_id', 'tenant', 'effect', 'key'] as const

/** A failure that is retried by itself: one line and one count each. */
const failure = <T extends Observation['type']>(
  type: T,
  message: string,
  fields: Kind<OfType<T>>['fields'],
): Kind<OfType<T>> => ({
  level: 'error',
  message,
  fields,
  measure: (metrics: Metrics) => metrics.failures.inc({ type }),
})

const ofEntries: Pick<
  Kinds,
  | 'call_attempted'
  | 'look_finished'
  | 'entry_settled'
  | 'lease_lost'
  | 'call_given_back'
  | 'delivery_failed'
  | 'look_failed'
  | 'entries_claimed'
  | 'throttled'
  | 'callback_received'
  | 'effect_unknown'
> = {
  call_attempted: {
    level: ({ next }) => (next === 'dead' ? 'warn' : 'info'),
    message: 'called',
    fields: [
      'source',
      ...ENTRY,
      'attempt',
      'fence',
      'outcome',
      'cause',
      'phase',
      'status',
      'duration_ms',
      'next',
      'due_in_ms',
      'external_id',
      'traceparent',
    ],
    measure: ({ attempts }, { effect, outcome }) => attempts.inc({ effect, outcome }),
  },
  look_finished: {
    level: ({ next }) => (next === 'dead' ? 'warn' : 'info'),
    message: 'looked',
    fields: [
      'source',
      ...ENTRY,
      'fence',
      'verdict',
      'cause',
      'status',
      'duration_ms',
      'next',
      'due_in_ms',
      'external_id',
      'traceparent',
    ],
    measure: ({ readbacks }, { effect, verdict }) => readbacks.inc({ effect, verdict }),
  },
  entry_settled: {
    level: 'debug',
    message: 'settled',
    fields: [...ENTRY, 'state', 'commit_to_settled_ms'],
    measure: ({ settled, commitToDone }, { effect, state, commit_to_settled_ms }) => {
      settled.inc({ effect, state })
      if (state === 'done') commitToDone.observe({ effect }, commit_to_settled_ms / 1_000)
    },
  },
  lease_lost: {
    level: 'warn',
    message: 'the lease was lost, nothing was written',
    fields: [...ENTRY, 'fence'],
    measure: ({ leasesLost }) => leasesLost.inc(),
  },
  call_given_back: { level: 'debug', message: 'claimed, and given back before the call', fields: [...ENTRY, 'reason'] },
  delivery_failed: failure('delivery_failed', 'a delivery failed; its lease will run out', [...ENTRY, 'error']),
  look_failed: failure('look_failed', 'a look failed; its lease will run out', [...ENTRY, 'error']),
  entries_claimed: { level: 'debug', message: 'claimed', fields: ['topic', 'count', 'refs'] },
  effect_unknown: {
    level: 'warn',
    message: 'not called: no contract of this effect can be read here',
    fields: ['effect'],
  },
  throttled: {
    level: 'debug',
    message: 'made to wait for a limit',
    fields: ['scope', 'count'],
    measure: ({ throttled }, { scope, count }) => throttled.inc({ scope }, count),
  },
  callback_received: {
    // Anybody can send as many forged ones as they like: they are counted, and fill no log.
    level: ({ result }) => (result === 'secret_unusable' ? 'error' : 'debug'),
    message: 'a provider called back',
    fields: ['tenant', 'effect', 'result', 'looks'],
    measure: ({ callbacks }, { effect, result }) => callbacks.inc({ effect, result }),
  },
}

const ofRelay: Pick<
  Kinds,
  | 'entries_captured'
  | 'entries_republished'
  | 'entries_released'
  | 'lost_marks_found'
  | 'unclaimed_healed'
  | 'books_checked'
  | 'leases_expired'
  | 'processes_lost'
  | 'key_questionable'
  | 'keys_expired'
  | 'partitions_made'
  | 'partitions_dropped'
  | 'shards_led'
  | 'shards_lost'
  | 'cursor_rebuilt'
> = {
  entries_captured: {
    level: 'debug',
    message: 'captured from the outbox',
    fields: ['count', 'lag_ms'],
    measure: ({ captured }, { count }) => captured.inc(count),
  },
  entries_republished: {
    level: 'debug',
    message: 'published what is due',
    fields: ['count'],
    measure: ({ republished }, { count }) => republished.inc(count),
  },
  entries_released: {
    level: 'debug',
    message: 'let go what waited for others',
    fields: ['count'],
    measure: ({ released }, { count }) => released.inc(count),
  },
  lost_marks_found: { level: 'debug', message: 'found what waited for something that was over', fields: ['count'] },
  unclaimed_healed: {
    level: 'warn',
    message: 'published again what got lost on its way',
    fields: ['count'],
    measure: ({ healed }, { count }) => healed.inc(count),
  },
  books_checked: { level: 'trace', message: 'looked for entries that nobody claimed', fields: ['unclaimed'] },
  leases_expired: {
    level: 'warn',
    message: 'leases ran out: their outcome is unknown until it is read back',
    fields: ['calls', 'looks'],
    measure: ({ leasesExpired }, { calls, looks }) => leasesExpired.inc(calls + looks),
  },
  processes_lost: { level: 'warn', message: 'processes were not seen any more', fields: ['count'] },
  key_questionable: {
    level: ({ warns }) => (warns ? 'warn' : 'trace'),
    message: 'a key looks as if it did not name an intent',
    fields: [...ENTRY, 'finding', 'advice', 'count'],
    measure: ({ keyFindings }, { effect, finding, count }) => keyFindings.inc({ effect, finding }, count),
  },
  keys_expired: {
    level: 'debug',
    message: 'forgot keys whose time is over',
    fields: ['count'],
    measure: ({ keysExpired }, { count }) => keysExpired.inc(count),
  },
  partitions_made: { level: 'info', message: 'made partitions ahead', fields: ['count'] },
  partitions_dropped: { level: 'info', message: 'dropped a week that nobody needs any more', fields: ['week'] },
  shards_led: { level: 'info', message: 'leads', fields: ['shards'] },
  shards_lost: { level: 'info', message: 'leads no more', fields: ['shards'] },
  cursor_rebuilt: {
    level: 'warn',
    message: 'another server or a restored one: everything open is published again',
    fields: ['shards', 'lineage'],
  },
}

const ofDispatch: Pick<
  Kinds,
  | 'hand_over_failed'
  | 'overdue_taken'
  | 'record_skipped'
  | 'partitions_assigned'
  | 'commit_failed'
  | 'consumer_replaced'
  | 'publish_failed'
  | 'connect_failed'
  | 'client_logged'
  | 'idle_timer_kept'
> = {
  hand_over_failed: failure('hand_over_failed', 'could not claim; the same references come again', [
    'topic',
    'failures',
    'error',
  ]),
  overdue_taken: {
    level: 'warn',
    message: 'took what had waited too long for the dispatch',
    fields: ['topic', 'count'],
    measure: ({ overdue }, { topic, count }) => overdue.inc({ topic }, count),
  },
  record_skipped: {
    level: 'warn',
    message: 'passed over a record that is no reference',
    fields: ['topic', 'partition', 'offset', 'reason', 'count'],
  },
  partitions_assigned: { level: 'info', message: 'has its share of the work', fields: ['topic', 'partitions'] },
  commit_failed: failure('commit_failed', 'an offset stays behind for now', ['topic', 'error']),
  consumer_replaced: failure('consumer_replaced', 'a consumer ended; another takes its place', [
    'topic',
    'reason',
    'error',
  ]),
  publish_failed: failure('publish_failed', 'could not publish; it is tried again', ['topic', 'count', 'error']),
  connect_failed: failure('connect_failed', 'no connection to the brokers yet', ['error']),
  // kafkajs calls every refused request an error, also those that it repeats; what matters is observed by its own name.
  client_logged: { level: 'debug', message: 'Kafka client', fields: ['level', 'message'] },
  idle_timer_kept: {
    level: 'warn',
    message: 'this kafkajs is not the version whose defects are known',
    fields: ['version'],
  },
}

const ofProcess: Pick<
  Kinds,
  | 'role_started'
  | 'source_started'
  | 'source_failed'
  | 'draining'
  | 'role_stopped'
  | 'loop_failed'
  | 'session_lost'
  | 'connection_lost'
  | 'contract_deployed'
  | 'contract_refused'
> = {
  role_started: { level: 'info', message: 'started', fields: ['role', 'port', 'dispatch', 'version', 'sources'] },
  source_started: { level: 'info', message: 'works on this database', fields: [] },
  source_failed: failure('source_failed', 'cannot work on this database yet; it is tried again', [
    'failures',
    'retry_in_ms',
    'error',
  ]),
  draining: { level: 'info', message: 'stopping: finishes what is under way', fields: ['role', 'grace_ms'] },
  role_stopped: { level: 'info', message: 'stopped', fields: ['role', 'how'] },
  loop_failed: failure('loop_failed', 'a round failed; it is tried again', ['name', 'failures', 'error']),
  session_lost: {
    level: 'error',
    message: 'was taken for dead: what it held was given to others',
    fields: ['process'],
  },
  connection_lost: failure('connection_lost', 'a connection to the database broke', ['error']),
  contract_deployed: { level: 'info', message: 'contract', fields: ['effect', 'version', 'result'] },
  contract_refused: { level: 'error', message: 'contract refused', fields: ['file', 'problem'] },
}

/** Every kind of observation: its line, its fields, its metrics. */
export const KINDS: Kinds = { ...ofEntries, ...ofRelay, ...ofDispatch, ...ofProcess }
