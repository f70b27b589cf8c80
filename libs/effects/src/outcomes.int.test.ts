import type { Contract } from '@readback/contract'
import type { TransportPhase } from '@readback/lifecycle'
import { decideAfterCall } from '@readback/lifecycle'
import { describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import type { CallResult } from './call-result.ts'
import { lookAtProvider } from './look-at-provider.ts'
import { BY_CODE, WITH_TOKEN } from './testing/credential-rows.ts'
import { CUT_ANSWER, NO_ANSWER, NOT_CONNECTED, NOT_SENT, ODD_ANSWER } from './testing/http-rows.ts'
import { BY_MAIL } from './testing/mail-rows.ts'
import { mailWorld } from './testing/mails.ts'
import { NOTE, NOTE_CALLED, noteWorld } from './testing/notes.ts'
import type { OutcomeRow } from './testing/outcome-row.ts'
import { outcomesPage } from './testing/outcomes-page.ts'
import { BY_CONTRACT, BY_STATUS } from './testing/status-rows.ts'

const NEVER = new AbortController().signal

const GROUPS = [NOT_SENT, NOT_CONNECTED, WITH_TOKEN, NO_ANSWER, CUT_ANSWER, ODD_ANSWER, BY_STATUS, BY_CONTRACT, BY_CODE]

const LEFT: Readonly<Partial<Record<TransportPhase, string>>> = {
  request: 'some',
  sent: 'all',
  response: 'all',
  complete: 'all',
}
const NEXT: Readonly<Record<string, string>> = {
  verifying: 'read_back',
  unknown: 'look',
  scheduled: 'call_again',
  dead: 'person',
}

/** As the rows of the table say it. */
function said({ policy }: Contract, result: CallResult): string {
  const { outcome, cause, evidence } = result
  const facts = {
    attempts: 1,
    answeredCalls: 0,
    sinceCommitMs: 0,
    sinceFirstCallMs: 0,
    expiresInMs: Number.POSITIVE_INFINITY,
  }
  const { to } = decideAfterCall(policy, facts, { ...result, class: outcome }, 0.5)
  return `${evidence.phase} ${LEFT[evidence.phase] ?? 'no'} ${outcome} ${cause} ${NEXT[to] ?? to}`
}

/** A cause may have several names, by the system and by Node. */
function expectSaid(actual: string, expected: string): void {
  const [phase, left, outcome, causes = '', next] = expected.split(' ')
  const named = causes.split('|').map((cause) => `${phase} ${left} ${outcome} ${cause} ${next}`)
  expect(named.includes(actual) ? expected : actual).toBe(expected)
}

async function expectOutcome({ does, proves, how = {} }: OutcomeRow): Promise<void> {
  const world = await noteWorld(does, how)
  const result = await callProvider(world.deps, world.contract, { ...NOTE, ...how.entry }, NEVER)
  expectSaid(said(world.contract, result), proves)
  // What we say of a request is true at the other end of the wire as well.
  const hasLeft = proves.split(' ')[1] !== 'no'
  expect(world.requests()).toBeLessThanOrEqual(hasLeft ? 1 : 0)
  await world.stop()
}

async function expectLook({ does, look, how = {} }: OutcomeRow): Promise<void> {
  const world = await noteWorld(does, how)
  const { verdict, cause } = await lookAtProvider(world.deps, world.contract, NOTE_CALLED, NEVER)
  expect(`${verdict} ${cause}`).toBe(look)
  await world.stop()
}

describe.concurrent.each(GROUPS.map(({ title, rows }) => [title, rows] as const))(
  '%s: a call whose provider',
  (_, rows) => {
    it.each(rows)('$when', expectOutcome)
  },
)

describe.concurrent('a look whose provider', () => {
  it.each(GROUPS.flatMap(({ rows }) => rows).filter(({ look }) => look !== undefined))('$when', expectLook)
})

describe.concurrent('a mail whose server', () => {
  it.each(BY_MAIL)('$when', async ({ script, proves, whole }) => {
    const world = await mailWorld(script, proves.includes(' deadline ') ? '3s' : '20s')
    const result = await callProvider(world.deps, world.contract, world.entry, NEVER)
    expectSaid(said(world.contract, result), proves)
    expect(world.whole()).toBe(whole)
    await world.stop()
  })
})

describe('the page of the documentation', () => {
  it('is this table', async () => {
    await expect(outcomesPage(GROUPS, BY_MAIL)).toMatchFileSnapshot('../../../docs/contracts/outcomes.md')
  })
})
