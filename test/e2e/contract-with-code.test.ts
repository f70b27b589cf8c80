import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, type World } from '../world/world.ts'
import { type DraftAndIssue, type Fate, type Step, startDraftAndIssue } from './draft-and-issue.ts'

const KEY = 'key-of-the-test'
const INTENTS = 24
const keyOf = (nth: number) => `cust-${nth}/2026-11`

/** The example, at the test's provider and with times of a test. */
function moduleAt(url: string): string {
  const text = readFileSync(new URL('../../docs/contracts/with-code.mjs', import.meta.url), 'utf8')
  const times: readonly [string, string][] = [
    ["timeout: '10s'", "timeout: '2s'"],
    ["max_execution_delay: '30s'", "max_execution_delay: '200ms'"],
    ["every: '2s', for: '60s'", "every: '100ms', for: '200ms'"],
    ["first: '1s', cap: '10m'", "first: '50ms', cap: '300ms'"],
  ]
  return times.reduce(
    (edited, [from, to]) => edited.replaceAll(from, to),
    text.replaceAll('https://invoices.example', url),
  )
}

/** Of the first request of each: a third of the drafts and a third of the invoices are made and answered to nobody, a sixth is dropped. */
function fateOf(step: Step, reference: string, nth: number): Fate {
  const customer = Number(/\d+/.exec(reference)?.[0])
  if (nth > 1) return 'fine'
  if (step === 'draft') return customer % 3 === 0 ? 'cut' : 'fine'
  if (customer % 3 === 1) return 'cut'
  return customer % 6 === 2 ? 'dropped' : 'fine'
}

describe('a provider that is driven by code', () => {
  let provider: DraftAndIssue
  let world: World

  beforeAll(async () => {
    provider = await startDraftAndIssue(KEY, fateOf)
    world = await openWorld({ modules: [moduleAt(provider.url)] })
    await world.start('all', { READBACK_SECRET_INVOICES_KEY: KEY })
    for (let nth = 1; nth <= INTENTS; nth += 1) {
      const payload = JSON.stringify({ customer: `cust-${nth}`, amount: 100 + nth })
      await world.pool.query('select readback.enqueue($1, $2, $3, $4)', [
        'acme',
        'invoice.draft_and_issue',
        keyOf(nth),
        payload,
      ])
    }
    await world.settled()
  }, 180_000)
  afterAll(async () => {
    await world.close()
    await provider.stop()
  }, 60_000)

  const stepsOf = (nth: number, step: Step) =>
    provider.steps.filter((each) => each.reference === keyOf(nth) && each.step === step)
  const customers = Array.from({ length: INTENTS }, (_, index) => index + 1)

  it('holds every invoice once, as it was meant', () => {
    const held = provider.invoices.map(({ reference, amount }) => `${reference} ${amount}`)
    expect(held.toSorted()).toEqual(customers.map((nth) => `${keyOf(nth)} ${100 + nth}`).toSorted())
  })

  it('is asked before anything is made again: what was answered to nobody is not, what was dropped is', () => {
    const lost = customers.filter((nth) => nth % 3 === 1)
    const dropped = customers.filter((nth) => nth % 6 === 2)
    for (const nth of lost) expect(stepsOf(nth, 'issue').map(({ fate }) => fate)).toEqual(['cut'])
    for (const nth of dropped) expect(stepsOf(nth, 'issue').map(({ fate }) => fate)).toEqual(['dropped', 'fine'])
  })

  it('has its drafts made again without a look: losing one is harmless, as the code says', () => {
    const lost = customers.filter((nth) => nth % 3 === 0)
    for (const nth of lost) expect(stepsOf(nth, 'draft').map(({ fate }) => fate)).toEqual(['cut', 'fine'])
  })

  it('gets every request signed, and is read back for every receipt', async () => {
    expect(provider.strangers).toEqual([])
    const { rows } = await world.pool.query('select distinct status, receipt ->> $1 as verdict from readback.effect', [
      'verdict',
    ])
    expect(rows).toEqual([{ status: 'done', verdict: 'present' }])
  })
})
