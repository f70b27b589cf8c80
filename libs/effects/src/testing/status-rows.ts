import { answers } from './notes.ts'
import { both, type OutcomeGroup, type OutcomeRow, row } from './outcome-row.ts'

/** A status, and what follows; the look takes nothing but a 200 for an answer. */
const status = (code: number, outcome: string, next: string): OutcomeRow =>
  both(
    `answers ${code}`,
    answers(code),
    `complete all ${outcome} http_${code} ${next}`,
    `inconclusive look_http_${code}`,
  )

const accepted = (code: number): OutcomeRow =>
  row(`answers ${code}`, answers(code), `complete all success http_${code} read_back`)
const unknown = (code: number): OutcomeRow => status(code, 'side_effect_unknown', 'look')
const refused = (code: number): OutcomeRow => status(code, 'validation_failure', 'person')
const denied = (code: number): OutcomeRow => status(code, 'permission_denied', 'person')
const notDone = (code: number): OutcomeRow => status(code, 'retryable_failure', 'call_again')

export const BY_STATUS: OutcomeGroup = {
  title: 'The answer came whole, and the contract says nothing about it: the standard table',
  rows: [
    ...[200, 201, 202, 203, 204, 205, 206, 226].map(accepted),
    row('answers 207', answers(207), 'complete all side_effect_unknown http_207 look'),
    ...[300, 301, 302, 303, 304, 307, 308].map(unknown),
    ...[400, 402, 404, 405, 406, 410, 411, 413, 414, 415, 416, 417, 422, 426, 428, 431, 451].map(refused),
    ...[401, 403, 407].map(denied),
    ...[425, 429].map(notDone),
    ...[408, 409, 412, 418, 420, 499].map(unknown),
    ...[500, 501, 502, 503, 504, 505, 520, 529, 599, 999].map(unknown),
  ],
}

const says = (means: string, then: string, where = 'status: 400'): OutcomeRow =>
  row(`gives an answer of which the contract says \`${means}\``, answers(400, '{"code":"x"}'), `complete all ${then}`, {
    how: { more: `answers: [{ ${where}, match: { /code: x }, means: ${means} }]` },
  })

export const BY_CONTRACT: OutcomeGroup = {
  title: 'The answer came whole, and the contract says what it means: that comes first',
  rows: [
    says('accepted', 'success answer_accepted read_back'),
    says('exists', 'side_effect_unknown answer_exists look'),
    says('in_progress', 'side_effect_unknown answer_in_progress look'),
    says('partial', 'side_effect_unknown partial person'),
    says('not_executed', 'retryable_failure answer_not_executed call_again'),
    says('refused', 'validation_failure answer_refused person'),
    says('permission', 'permission_denied answer_permission person'),
    says('other_payload', 'validation_failure mismatch person'),
    says('unknown', 'side_effect_unknown answer_unknown look'),
    row(
      'gives another answer than the contract speaks of',
      answers(400, '{"code":"y"}'),
      'complete all validation_failure http_400 person',
      {
        how: { more: 'answers: [{ status: 400, match: { /code: x }, means: exists }]' },
      },
    ),
    row(
      'accepts with a failure inside, and the contract says so',
      answers(200, '{"ok":false}'),
      'complete all validation_failure answer_refused person',
      {
        how: { more: 'answers: [{ status: 200, match: { /ok: false }, means: refused }]' },
      },
    ),
    row(
      'answers 5xx that the contract calls not executed',
      answers(503),
      'complete all retryable_failure answer_not_executed call_again',
      {
        how: { more: 'answers: [{ status: 503, means: not_executed }]' },
      },
    ),
  ],
}
