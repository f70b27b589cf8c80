import { beforeEach, expect, it } from 'vitest'
import { createKeyLint } from './lint-keys.ts'
import type { RelayObservation } from './observation.ts'

type Questionable = Extract<RelayObservation, { type: 'key_questionable' }>

let nowMs: number
let observed: Questionable[]
let lint: ReturnType<typeof createKeyLint>

beforeEach(() => {
  nowMs = 0
  observed = []
  lint = createKeyLint({
    monotonicMs: () => nowMs,
    observe: (observation) => observed.push(observation as Questionable),
  })
})

const MADE_AT_MS = 1_790_000_000_000

const rows = (effect: string, ...keys: string[]) =>
  keys.map((key, index) => ({
    entry_id: `${MADE_AT_MS.toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}-7000-8000-00000000000${index}`,
    tenant: 'acme',
    effect,
    key,
    ordering_key: key,
    traceparent: null,
    priority: 0,
  }))

it('says nothing of keys that name intents', () => {
  lint(rows('invoice.issue', 'cust-7/2026-11', 'cust-8/2026-11'))
  lint([])
  expect(observed).toEqual([])
})

it('counts each finding of an effect, and shows one of the keys', () => {
  lint(rows('invoice.issue', 'cust-1-retry-1', 'cust-7/2026-11', 'cust-2-retry-1', 'invoice'))
  expect(observed).toMatchObject([
    { effect: 'invoice.issue', finding: 'counts_tries', key: 'cust-1-retry-1', tenant: 'acme', count: 2, warns: true },
    { effect: 'invoice.issue', finding: 'too_broad', key: 'invoice', count: 1, warns: true },
  ])
  expect(observed[0]?.advice).toContain('counts tries')
})

it('knows from the id of the entry whether a time in its key is that of the enqueue', () => {
  lint(rows('invoice.issue', `cust-7/${MADE_AT_MS - 900}`, `cust-7/${MADE_AT_MS - 9_000_000}`))
  expect(observed).toMatchObject([{ finding: 'fresh_time', count: 1 }])
})

it('warns once an hour of each finding of an effect, and goes on counting', () => {
  const warnings = () => observed.splice(0).map(({ effect, warns }) => [effect, warns])
  lint(rows('invoice.issue', 'default'))
  lint(rows('invoice.issue', 'default'))
  lint(rows('mail.send', 'default'))
  expect(warnings()).toEqual([
    ['invoice.issue', true],
    ['invoice.issue', false],
    ['mail.send', true],
  ])
  nowMs = 3_600_000
  lint(rows('invoice.issue', 'default'))
  expect(warnings()).toEqual([['invoice.issue', true]])
})
