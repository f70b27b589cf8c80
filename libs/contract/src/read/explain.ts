import type { Contract } from '../contract.ts'
import type { Entry, SecretSource } from '../entry.ts'
import type { RequestPlan } from '../send/request-template.ts'
import type { Answer, AnswerOrFailure } from './answer.ts'
import { numberText } from './json-exact.ts'
import { formatPointer } from './json-pointer.ts'
import { type LookStep, type Sighting, type Subject, startLook } from './look.ts'
import type { MatchRule } from './match.ts'
import { listening, type Notice } from './notice.ts'
import { type ReadAnswer, readAnswer } from './read-answer.ts'

/** How one rule of the contract read an answer. Values are shortened JSON. */
export type RuleReading = {
  /** As the contract names it: `answers[1]`, `verify.by_key.present.match`, or `standard table`. */
  readonly rule: string
  /** What was looked at: `status`, or a JSON Pointer. */
  readonly where: string
  readonly expected: string
  readonly got: string
  readonly hit: boolean
}

/** The reading of an answer to a call, and each rule on the way to it. By the reader itself: this only listens. */
export function explainAnswer(
  contract: Contract,
  entry: Entry,
  answer: Answer,
  nowMs: number | null = null,
): { read: ReadAnswer; rules: readonly RuleReading[] } {
  const heard: Notice[] = []
  const read = listening(
    (notice) => void heard.push(notice),
    () => readAnswer(contract, entry, answer, nowMs),
  )
  const rules = readings(contract, heard, answer.status)
  return { read, rules: read.means === null ? [...rules, byTable(answer.status, read)] : rules }
}

const byTable = (status: number, { class: outcome }: ReadAnswer): RuleReading => ({
  rule: 'standard table',
  where: 'status',
  expected: outcome,
  got: String(status),
  hit: true,
})

export type ExplainedRequest = {
  readonly plan: RequestPlan
  readonly answer: AnswerOrFailure
  readonly rules: readonly RuleReading[]
}

/**
 * A look again, by the machine that made it, with the answers that it got: each request, and how its answer was read. `sighting` is null
 * when the answers end before the look does. Secrets are asked for again; whoever shows this gives names instead of values.
 */
export function explainLook(
  contract: Contract,
  subject: Subject,
  answers: readonly AnswerOrFailure[],
  secret: SecretSource,
): { sighting: Sighting | null; requests: readonly ExplainedRequest[] } {
  const requests: ExplainedRequest[] = []
  let step = startLook(contract, subject, secret)
  for (const answer of answers) {
    if (step.kind === 'seen') break
    const { plan, next } = step
    const heard: Notice[] = []
    step = listening(
      (notice) => void heard.push(notice),
      () => next(answer),
    )
    requests.push({ plan, answer, rules: readings(contract, heard, 'failed' in answer ? null : answer.status) })
  }
  return { sighting: sightingOf(step), requests }
}

const sightingOf = (step: LookStep): Sighting | null => (step.kind === 'seen' ? step : null)

function readings(contract: Contract, heard: readonly Notice[], status: number | null): RuleReading[] {
  const names = namesIn(contract)
  const ordered = heard.reduce<Notice[]>((sofar, each) => placed(sofar, each, names), [])
  return ordered.map((each) => reading(each, names.get(each.rule) ?? 'a rule', status))
}

/** A rule is heard after its parts, and read before them. */
function placed(sofar: readonly Notice[], late: Notice, names: ReadonlyMap<object, string>): Notice[] {
  const name = names.get(late.rule) ?? ''
  const isPart = (other: Notice) => !isMatchRule(late.rule) && (names.get(other.rule) ?? '').startsWith(`${name}.`)
  const firstOther = sofar.findLastIndex((other) => !isPart(other)) + 1
  return [...sofar.slice(0, firstOther), late, ...sofar.slice(firstOther)]
}

function reading({ rule, hit, expected, got }: Notice, name: string, status: number | null): RuleReading {
  if (isMatchRule(rule)) {
    const where = formatPointer(rule.at) || 'the whole'
    return { rule: name, where, expected: testText(rule, expected), got: valueText(got), hit }
  }
  if ('kind' in rule && rule.kind === 'no_items')
    return { rule: name, where: 'items', expected: 'none', got: 'none', hit }
  return {
    rule: name,
    where: 'status',
    expected: statusText(rule),
    got: status === null ? 'no answer' : String(status),
    hit,
  }
}

function isMatchRule(rule: object): rule is MatchRule {
  return 'at' in rule && 'test' in rule
}

function testText({ test }: MatchRule, expected: unknown): string {
  switch (test.kind) {
    case 'pattern':
      return test.expected === null ? 'the form of the pattern' : `${valueText(expected)} in the pattern`
    case 'exists':
      return test.exists ? 'anything' : 'nothing'
    case 'covers':
      return `every field of ${valueText(expected)}`
    case 'equals':
      return test.by === null ? valueText(expected) : `${valueText(expected)} by ${test.by}`
  }
}

function statusText(rule: object): string {
  const statuses: unknown = 'statuses' in rule ? rule.statuses : undefined
  if (!Array.isArray(statuses)) return 'any 2xx'
  return statuses.length === 0 ? 'any' : statuses.join(' or ')
}

const SHOWN_CHARS = 60

function valueText(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = numberText(value) ?? JSON.stringify(value)
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text
}

/** The place of every rule in the contract, by identity: new kinds of rules get their names by themselves. */
function namesIn(contract: Contract): ReadonlyMap<object, string> {
  const names = new Map<object, string>()
  const walk = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null || value instanceof RegExp || names.has(value)) return
    const own = ownName(value, name)
    names.set(value, own)
    for (const [field, child] of Object.entries(value)) walk(child, nameOf(own, field, Array.isArray(value)))
  }
  walk(contract.answers, 'answers')
  walk(contract.verify, 'verify')
  return names
}

/** Some parts stand in the compiled contract under another name than in the file. */
function ownName(value: object, name: string): string {
  if (isMatchRule(value)) return name.replace(/\[\d+\]$/, '')
  const isState = 'verdict' in value && typeof value.verdict === 'string'
  return isState ? name.replace(/states\[\d+\]$/, String(value.verdict)) : name
}

function nameOf(parent: string, field: string, inList: boolean): string {
  return inList ? `${parent}[${field}]` : `${parent}.${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
}
