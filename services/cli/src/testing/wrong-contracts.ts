/**
 * For each lesson the contract of the documentation, and the same with one claim that its provider does not keep: what somebody
 * writes who has not read the lesson.
 */
import type { FaultPlan } from '@readback/testing'

export type WrongContract = {
  contract: string
  says: string
  /** What is written in place of what. */
  instead: readonly [right: string, wrong: string]
  /** The field of the claim that is found broken. */
  broken: string
  payload?: object
  plan?: FaultPlan
  /** A collection that has more than one page before anybody probes. */
  filled?: string
}

export const WRONG_CONTRACTS: readonly WrongContract[] = [
  {
    contract: 'lesson-01-key-in-path.yaml',
    says: 'keys of 40 characters fit',
    instead: ['as: { sha256: hex, length: 18, prefix: rb }, max_bytes: 20', 'as: { sha256: hex, length: 40 }'],
    broken: 'verify.by_key',
  },
  {
    contract: 'lesson-02-ignored-header.yaml',
    says: 'the header makes it act once',
    instead: [
      'key: { in: marker }\n  repeat: acts_again',
      'key: { in: header, at: Idempotency-Key, lifetime: 24h }\n  repeat: same_answer',
    ],
    broken: 'provider.repeat',
  },
  {
    contract: 'lesson-03-meaning-in-body.yaml',
    says: '400 is a bad request',
    instead: ['match: { /error: already_sent }, means: exists', 'match: { /error: already_sent }, means: refused'],
    broken: 'provider.repeat',
  },
  {
    contract: 'lesson-04-absent.yaml',
    says: 'the contacts are in a folder that is not there',
    instead: ['/v1/contacts?key=${key}', '/v1/contactz?key=${key}'],
    broken: 'verify.by_key',
  },
  {
    contract: 'lesson-04-absent.yaml',
    says: 'a list that ends at its first page is whole',
    instead: ['/v1/contacts', '/v1/excerpts'],
    broken: 'verify.by_key',
    filled: 'excerpts',
  },
  {
    contract: 'lesson-05-loose-search.yaml',
    says: 'the search finds ours alone',
    instead: ['where: { /metadata/key: "${key}" }', 'where: { /article: "${payload./article}" }'],
    broken: 'verify.by_key.where',
  },
  {
    contract: 'lesson-06-not-as-sent.yaml',
    says: 'what was sent comes back',
    instead: ['by: { /email: lower, /age: number }, except: [/note]', 'except: [/note]'],
    broken: 'verify.by_key',
    payload: { email: 'Somebody@Example.com', age: 7, note: 'x' },
  },
  {
    contract: 'lesson-07-removed.yaml',
    says: 'what is in progress is a tombstone',
    instead: ['removed: { match: { /deleted: true } }', 'removed: { match: { /status: { exists: true } } }'],
    broken: 'verify.by_key',
  },
  {
    contract: 'lesson-08-failed-and-pending.yaml',
    says: 'what is in progress has failed',
    instead: ['failed: { match: { /status: failed } }', 'failed: { match: { /status: processing } }'],
    broken: 'verify.by_key',
    payload: { card: 'card', amount: 12.5 },
  },
  {
    contract: 'lesson-09-login.yaml',
    says: 'the token is where it is not',
    instead: ['token: /token', 'token: /jwt'],
    broken: 'call',
  },
  {
    contract: 'lesson-10-xml.yaml',
    says: 'the answers are JSON',
    instead: ['decode: xml', 'decode: json'],
    broken: 'verify.by_key',
  },
  {
    contract: 'lesson-11-look-by-post.yaml',
    says: 'the search is a GET',
    instead: ['method: POST\n      safe: true', 'method: GET'],
    broken: 'verify.by_key',
  },
  {
    contract: 'lesson-12-escaping.yaml',
    says: 'markup is plain text',
    instead: ['type: application/xml', 'type: text/plain'],
    broken: 'verify.by_key',
    payload: { shelf: '"><', title: 'a < b & c' },
  },
  {
    contract: 'lesson-13-mail.yaml',
    says: 'the host gives mails an id of its own',
    instead: ['where: { /metadata/key: "${key}@example.org" }', 'where: { /metadata/key: "${key}@mx.example.org" }'],
    broken: 'verify.by_key',
    payload: { to: 'somebody@example.org', name: 'Somebody' },
  },
  {
    contract: 'lesson-14-retry-after-in-body.yaml',
    says: '429 is as good as accepted',
    instead: ['means: not_executed, retry_after: { at: /retry_after_ms, unit: ms }', 'means: accepted'],
    broken: 'verify.by_key',
    plan: { writes: { everyKey: ['rate-limited'] } },
  },
  {
    contract: 'lesson-15-same-bytes.yaml',
    says: 'another payload under the same key changes nothing',
    instead: ['other_payload: error', 'other_payload: overwrites'],
    broken: 'provider.other_payload',
  },
  {
    contract: 'rule-several-effects.yaml',
    says: 'there is one for each entry',
    instead: ['expect: 3, ', ''],
    broken: 'verify.by_key',
    payload: { lines: [{ to: 'a' }, { to: 'b' }, { to: 'c' }] },
  },
  {
    contract: 'rule-two-steps.yaml',
    says: 'any name will do for a link',
    instead: ['link: "${prepare.link}"', 'link: "${key}"'],
    broken: 'call',
  },
  {
    contract: 'rule-job.yaml',
    says: 'the job is named by what it is of',
    instead: ['re: "([^/]+)$"', 're: "/v1/([^/]+)/"'],
    broken: 'verify.by_id',
  },
]
