import { int, type Mutant } from './mutant.ts'

/** What holds back calls, and what becomes of those that wait. */
export const LIMITS: readonly Mutant[] = [
  {
    name: 'limit not shared between claims',
    file: 'libs/store/src/claim/take-turns.ts',
    find: `set next_at = case when turns > 0`,
    put: `set next_at = case when turns < 0`,
    test: int(
      'libs/store/src/claim/limits',
      'are never closer than their spacing, whoever takes them, so that no window holds more than the limit',
    ),
  },
  {
    name: 'line for turns that does not grow',
    file: 'libs/store/src/claim/take-turns.ts',
    find: `line_until = case when joining > 0`,
    put: `line_until = case when joining < 0`,
    test: int(
      'libs/store/src/claim/limits',
      'that were refused make a line, one behind the other over all claims, which ends where it may be no longer',
    ),
  },
  {
    name: 'call-up that overlooks who is just told to wait',
    file: 'libs/store/src/claim/call-up.ts',
    find: `Promise.all([lockLines(client, freed), call(client, values)])`,
    put: `Promise.all([lockLines(client, []), call(client, values)])`,
    test: int(
      'libs/store/src/claim/limits',
      'that end while somebody is told that there is none call him up all the same',
    ),
  },
  {
    name: 'slot that nobody is called up for',
    file: 'services/delivery-worker/src/call-up.ts',
    find: `toWorkers(rows.map((row) => refOf(row, options.source)))`,
    put: `toWorkers(rows.slice(1).map((row) => refOf(row, options.source)))`,
    test: int(
      'services/delivery-worker/src/lines',
      'a slot that becomes free goes to whoever has waited the longest, and nobody asks for it meanwhile',
    ),
  },
  {
    name: 'line for slots that knows nothing urgent',
    file: 'libs/store/src/claim/postpone-claims.ts',
    find: `o.created_at - o.priority * interval`,
    put: `o.created_at + o.priority * interval`,
    test: int('services/delivery-worker/src/lines', 'what is urgent goes before what waits for a slot'),
  },
]
