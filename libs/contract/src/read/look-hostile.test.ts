import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEY, lookedAtBy } from '../testing/looking.ts'
import { ENTRY, loaded, secret, UNANSWERED } from '../testing/sample-contract.ts'
import type { AnswerOrFailure } from './answer.ts'
import { DECODINGS } from './decode.ts'
import { type LookStep, startLook } from './look.ts'
import { readAnswer } from './read-answer.ts'

/** Bodies as servers, proxies and enemies write them; none holds our key. */
const bodies = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.constantFrom(
    '',
    '{}',
    '[]',
    'null',
    '{"data":null}',
    '{"data":{}}',
    '{"data":"[]"}',
    '<html>',
    '<data/>',
    '<r><data/></r>',
    'data=&data=',
  ),
  fc.array(fc.anything(), { maxLength: 4 }).map((data) => `{"data":${JSON.stringify(data) ?? '[]'}}`),
  fc
    .record({ data: fc.array(fc.record({ key: fc.anything(), id: fc.anything() })), next: fc.webUrl() })
    .map((page) => JSON.stringify(page)),
)
const headers = fc.dictionary(fc.constantFrom('link', 'content-type', 'etag', 'retry-after', 'date'), fc.string())
const answers: fc.Arbitrary<AnswerOrFailure> = fc.oneof(
  fc.record({
    status: fc.oneof(fc.constantFrom(200, 202, 207, 404, 410), fc.integer({ min: 100, max: 599 })),
    headers,
    body: bodies,
    bytes: fc.uint8Array({ maxLength: 64 }),
    truncated: fc.boolean(),
  }),
  fc.record({ status: fc.constant(200), headers, body: bodies, truncated: fc.constant(false) }),
  fc.record({ failed: fc.constant('deadline') }),
)

const list = (decode: string, at: string, next: string) =>
  lookedAtBy(`  by_key:
    decode: ${decode}
    read: { url: "https://b.example/things?key=\${key}" }
    items: ${at}
    where: { /key: "\${key}" }
    next: ${next}
  canary: { url: https://b.example/account, decode: json, match: { /alive: true } }`)
const one = (decode: string, at: string) =>
  lookedAtBy(`  by_key: { decode: ${decode}, read: { url: "https://b.example/things/\${key}" } }
  present: { match: { "${at}": "\${key}" } }
  absent: [{ status: 404, match: { "${at}": gone } }]`)

const LOOKS = [
  list('json', '/data', '{ url: /next }'),
  list('json', '""', '{ link: next }'),
  list(
    'json',
    '{ at: /data, missing: empty }',
    '{ query: { a: /next }, while: /next, until: { at: /key, before: "${created_at}" } }',
  ),
  list('xml', '/r/data', '{ link: next }'),
  ...DECODINGS.map((decode) => one(decode, decode === 'text' ? '' : '/key')),
]

function seenOf(start: LookStep, replies: readonly AnswerOrFailure[]): LookStep {
  return replies.reduce((step, reply) => (step.kind === 'request' ? step.next(reply) : step), start)
}

describe('a look at a server that may answer anything', () => {
  it('ends, and sees nothing of ours, no absence without a living canary, and no page elsewhere', () => {
    const runs = fc.tuple(fc.constantFrom(...LOOKS), fc.array(answers, { minLength: 6, maxLength: 6 }))
    const judged = fc.property(runs, ([contract, replies]) => {
      const step = seenOf(startLook(contract, UNANSWERED, secret), replies)
      if (step.kind === 'request') return step.plan.url.startsWith('https://b.example/')
      return step.verdict === 'inconclusive' || (step.verdict === 'mismatch' && !JSON.stringify(replies).includes(KEY))
    })
    expect(() => fc.assert(judged, { numRuns: 500 })).not.toThrow()
  })

  it('has a class for every answer to the call, and an id only of an accepted one', () => {
    const contract = loaded()
    const judged = fc.property(answers, (answer) => {
      if ('failed' in answer) return true
      const read = readAnswer(contract, ENTRY, answer, 0)
      const waits = read.retryAfterMs === null || (read.retryAfterMs >= 0 && Number.isFinite(read.retryAfterMs))
      return waits && (read.externalId === null || read.class === 'success')
    })
    expect(() => fc.assert(judged, { numRuns: 500 })).not.toThrow()
  })
})
