import type { Contract } from '@readback/contract'
import { type Compensation, decideCompensation, planWorkflow, type RollbackRule, type State } from '@readback/lifecycle'
import {
  type CompensationFact,
  type CompensationOrder,
  type CompensationTarget,
  compensationFacts,
  type Database,
} from '@readback/store'
import { CliError } from '../framework/cli-error.ts'
import { type Contracts, deployedContracts, type Made, makeCompensation } from './make-compensation.ts'
import { type Reason, sentenceOf } from './sentences.ts'

/** What becomes of one entry. Nothing of a payload is in it. */
export type PlannedEntry = {
  entry_id: string
  effect_name: string
  key: string
  state: State
  cause: string | null
  external_id: string | null
  point_of_no_return: 'call' | 'none' | null
  action: Compensation['action']
  why: Reason | null
  /** For people: the rest of a sentence that begins with the entry. */
  what: string
  /** `waits_for`: the entry whose compensation must be done before. */
  undo: { effect_name: string; key: string; waits_for: string | null } | null
  compensated_by: string | null
}

export type CompensationPlan = Record<Compensation['action'], number> & {
  /** In the order in which they are undone. */
  entries: PlannedEntry[]
  plan_hash: string
}

export type Planned = { plan: CompensationPlan; undo: CompensationOrder[]; cancel: string[] }

/** What undoing would do. Changes nothing. */
export async function planCompensation(
  source: { name: string; db: Database },
  target: CompensationTarget,
): Promise<Planned> {
  const { db } = source
  const facts = await compensationFacts(db.kysely, target)
  if (facts === 'too_many')
    throw new CliError('too_many', 'The workflow has more entries than one command may undo; nothing was done.', {
      hint: 'Compensate its entries one by one, the last ones first.',
    })
  const contracts = deployedContracts(source)
  const members: Member[] = []
  for (const fact of facts.entries) members.push(await memberOf(fact, contracts))
  const turns = turnsOf(members, 'workflow' in target)
  const entries = turns.map(planned)
  return {
    plan: { ...countsOf(entries), entries, plan_hash: facts.plan_hash },
    undo: turns.flatMap(orderOf),
    cancel: entries.filter(({ action }) => action === 'cancel').map(({ entry_id }) => entry_id),
  }
}

type Member = {
  fact: CompensationFact
  contract: Contract | null
  decision: Compensation
  made: Made | null
}
type Turn = Member & { waitsFor: string | null }

async function memberOf(fact: CompensationFact, contracts: Contracts): Promise<Member> {
  const read = await contracts.version(fact.effect_name, fact.effect_version)
  const contract = typeof read === 'string' ? null : read
  const decision = decideCompensation({
    ...fact,
    rollback: contract?.rollback ?? UNREAD,
    undo: fact.compensation?.state ?? null,
  })
  if (decision.action !== 'undo') return { fact, contract, decision, made: null }
  const made =
    typeof read === 'string' ? ({ ok: false, detail: read } as const) : await makeCompensation(fact, read, contracts)
  return { fact, contract, made, decision: made.ok ? decision : UNMAKEABLE }
}

/** Where it matters, what cannot be read cannot be made either. */
const UNREAD: RollbackRule = { strategy: 'compensate', needsReceipt: false }
const UNMAKEABLE = { action: 'by_hand', why: 'compensation_unmakeable' } as const

function turnsOf(members: readonly Member[], isWorkflow: boolean): Turn[] {
  const byId = new Map(members.map((member) => [member.fact.entry_id, member]))
  const asked = members.map(({ fact, decision }) => ({
    id: fact.entry_id,
    decision,
    // Asked for by itself, a compensation is undone like everything else.
    isCompensation: isWorkflow && fact.compensates !== null,
  }))
  return planWorkflow(asked).flatMap(({ id, waitsFor }) => {
    const member = byId.get(id)
    return member ? [{ ...member, waitsFor }] : []
  })
}

function planned({ fact, contract, decision, made, waitsFor }: Turn): PlannedEntry {
  const { entry_id, effect_name, key, state, cause, external_id, compensation } = fact
  const undo = made?.ok ? { effect_name: made.effect, key: made.key, waits_for: waitsFor } : null
  return {
    entry_id,
    effect_name,
    key,
    state,
    cause,
    external_id,
    point_of_no_return: contract?.pointOfNoReturn ?? null,
    ...decision,
    what: sentenceOf(decision, { ...fact, undo, ...saidOf(made) }),
    undo,
    compensated_by: compensation?.entry_id ?? null,
  }
}

const saidOf = (made: Made | null): { seen: boolean; detail: string | null } =>
  made?.ok === false ? { seen: true, detail: made.detail } : { seen: made?.seen ?? true, detail: null }

function orderOf({ fact, made, waitsFor }: Turn): CompensationOrder[] {
  if (!made?.ok) return []
  const { effect, key, payload } = made
  return [{ entryId: fact.entry_id, effect, key, payload, waitsFor }]
}

function countsOf(entries: readonly PlannedEntry[]): Record<Compensation['action'], number> {
  const counts = { undo: 0, nothing: 0, cancel: 0, wait: 0, by_hand: 0, impossible: 0 }
  for (const { action } of entries) counts[action] += 1
  return counts
}
