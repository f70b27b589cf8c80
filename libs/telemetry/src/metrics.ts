import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** From the wait of a lone effect on a quiet system to that of one that a person had to look at. */
const COMMIT_TO_DONE_SECONDS = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400,
]

export type Metrics = ReturnType<typeof createMetrics>

/** Base units, and no ids as labels: the number of series grows with the kinds of effects, not with the effects. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name, help, labelNames, registers })

  return {
    registry,
    attempts: counter('readback_attempts_total', 'Calls by what they proved.', ['effect', 'outcome']),
    readbacks: counter('readback_readbacks_total', 'Looks by what they saw.', ['effect', 'verdict']),
    callbacks: counter('readback_callbacks_total', 'What providers sent by themselves, by what became of it.', [
      'effect',
      'result',
    ]),
    settled: counter('readback_settled_total', 'Entries that ended, by how.', ['effect', 'state']),
    throttled: counter('readback_throttled_total', 'Calls that had to wait for a limit.', ['scope']),
    leasesLost: counter('readback_leases_lost_total', 'Results not written, because the lease was lost.'),
    leasesExpired: counter('readback_leases_expired_total', 'Leases that ran out under a lost process.'),
    captured: counter('readback_captured_total', 'Entries read from the outbox and published.'),
    republished: counter('readback_republished_total', 'Entries published again because they were due.'),
    released: counter('readback_released_total', 'Entries let go, because what they were held for had ended.'),
    healed: counter('readback_healed_total', 'Entries published again because their reference was lost.'),
    overdue: counter('readback_overdue_taken_total', 'Entries taken without the dispatch, because it held them up.', [
      'topic',
    ]),
    keyFindings: counter('readback_key_findings_total', 'Keys that look as if they did not name an intent.', [
      'effect',
      'finding',
    ]),
    keysExpired: counter('readback_keys_expired_total', 'Keys forgotten, because their time is over.'),
    failures: counter('readback_failures_total', 'Failures within a process, all of them retried.', ['type']),
    commitToDone: new Histogram({
      name: 'readback_commit_to_done_seconds',
      help: 'From the commit of the intent until its effect was read back.',
      labelNames: ['effect'],
      buckets: COMMIT_TO_DONE_SECONDS,
      registers,
    }),
    oldestUnsettled: gauge('readback_oldest_unsettled_age_seconds', 'Age of the oldest entry that has not ended.', [
      'stage',
      'effect',
    ]),
    unknown: gauge('readback_unknown', 'Entries whose effect may or may not exist.'),
    dead: gauge('readback_dead', 'Entries that need a person.'),
    unaccounted: gauge('readback_unaccounted', 'Committed entries that are neither pending, live nor settled.'),
    keyHeadroom: gauge(
      'readback_key_retention_headroom_seconds',
      'Until the first unsettled key is forgotten; absent if nothing is unsettled.',
    ),
    cursorLag: gauge('readback_relay_cursor_lag_seconds', 'Age of the oldest entry the relay has not read.'),
  }
}
