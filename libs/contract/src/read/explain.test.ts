import { describe, expect, it } from 'vitest'
import { ENTRY, loaded, secret, UNANSWERED } from '../testing/sample-contract.ts'
import type { AnswerOrFailure } from './answer.ts'
import { explainAnswer, explainLook, type RuleReading } from './explain.ts'
import { readAnswer } from './read-answer.ts'

const CONTRACT = loaded()
const answer = (status: number, body: unknown = {}) => ({
  status,
  headers: {},
  body: JSON.stringify(body),
  truncated: false,
})
const line = ({ rule, where, expected, got, hit }: RuleReading) =>
  `${hit ? 'yes' : 'no'} ${rule} ${where}: ${expected}, got ${got}`
const KEY = UNANSWERED.key

describe('how an answer to a call was read', () => {
  it.each([
    [
      201,
      {},
      [
        'no answers[0] status: 409, got 201',
        'no answers[1] status: 409 or 412, got 201',
        'no answers[2] status: 503, got 201',
        'yes standard table status: success, got 201',
      ],
    ],
    [
      409,
      { code: 'taken' },
      [
        'no answers[0] status: 409, got 409',
        'no answers[0].match /code: "in_progress", got "taken"',
        'yes answers[1] status: 409 or 412, got 409',
      ],
    ],
    [
      409,
      { code: 'in_progress' },
      ['yes answers[0] status: 409, got 409', 'yes answers[0].match /code: "in_progress", got "in_progress"'],
    ],
  ])('%i with %j', (status, body, lines) => {
    const { read, rules } = explainAnswer(CONTRACT, ENTRY, answer(status, body))
    expect(rules.map(line)).toEqual(lines)
    expect(read).toEqual(readAnswer(CONTRACT, ENTRY, answer(status, body)))
  })

  it('leaves nobody listening behind', () => {
    const { rules } = explainAnswer(CONTRACT, ENTRY, answer(201))
    readAnswer(CONTRACT, ENTRY, answer(409))
    expect(rules).toHaveLength(4)
  })
})

describe('how a look was read', () => {
  const explained = (...answers: AnswerOrFailure[]) => explainLook(CONTRACT, UNANSWERED, answers, secret)

  it('says which rule tells ours from others, what stood where, and the verdict', () => {
    const page = answer(200, {
      data: [
        { id: 'inv_0', metadata: { key: 'other' } },
        { id: 'inv_1', amount: 13, metadata: { key: KEY } },
      ],
    })
    const { sighting, requests } = explained(page)
    expect(sighting).toMatchObject({ verdict: 'mismatch', what: 'found, but /amount differs' })
    expect(requests.map(({ plan }) => plan.url)).toEqual(['https://billing.example/v1/invoices?key=cust-7%2F2026-11'])
    expect(requests[0]?.rules.map(line)).toEqual([
      'no verify.by_key.absent[1] status: 404, got 200',
      'yes verify.by_key.present status: any 2xx, got 200',
      `no verify.by_key.items.where /metadata/key: "${KEY}", got "other"`,
      `yes verify.by_key.items.where /metadata/key: "${KEY}", got "${KEY}"`,
      'no verify.by_key.failed.match /status: "void", got nothing',
      'no verify.by_key.pending.match /status: "processing", got nothing',
      'no verify.by_key.present.match /amount: 12.5 by number, got 13',
    ])
  })

  it('goes on to the canary, which has a rule of its own', () => {
    const { sighting, requests } = explained(answer(200, { data: [] }), answer(503))
    expect(sighting).toMatchObject({ verdict: 'inconclusive', cause: 'canary_failed' })
    expect(requests[0]?.rules.map(line)).toContain('yes verify.by_key.absent[0] items: none, got none')
    expect(requests[1]?.rules.map(line)).toEqual(['no verify.canary status: 200, got 503'])
  })

  it('is open when the answers end before the look', () => {
    expect(explained(answer(200, { data: [] })).sighting).toBeNull()
    expect(explained({ failed: 'ECONNREFUSED' })).toMatchObject({
      sighting: { verdict: 'inconclusive', cause: 'ECONNREFUSED' },
      requests: [{ rules: [] }],
    })
  })

  it('shortens what is long', () => {
    const { requests } = explained(answer(200, { data: [{ metadata: { key: 'x'.repeat(500) } }] }))
    const where = requests[0]?.rules.find(({ rule }) => rule.endsWith('where'))
    expect(where?.got).toMatch(/^"x{59}\.\.\.$/)
  })
})
