import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import {
  type ContractBook,
  ContractUnreadableError,
  contractFromDocument,
  createContractBook,
  type Entry,
} from '@readback/contract'
import { startWorker } from '@readback/delivery-worker'
import type { Dispatch } from '@readback/dispatch'
import { callProvider, type HttpCaller, lookAtProvider, prepareCall } from '@readback/effects'
import { startRelay } from '@readback/relay'
import { createDeadlines, type DatabaseClock, type Reached, startSession } from '@readback/service-kit'
import {
  type ClaimedCall,
  type ClaimedLook,
  type Database,
  leaveProcess,
  loadContract,
  newestVersion,
  registerProcess,
  StoreError,
  touchProcess,
} from '@readback/store'
import type { Observe } from '@readback/telemetry'
import { startVerifier } from '@readback/verifier'
import type { ModuleShelf } from './module-shelf.ts'

export const ROLES = ['relay', 'worker', 'verifier'] as const
export type Role = (typeof ROLES)[number]

export type RolesDeps = {
  db: Database
  contracts: ContractBook
  dispatch: Dispatch
  caller: HttpCaller
  /** Set by the beats of the session; the caller goes by it as well. */
  clock: DatabaseClock
  secret: (name: string) => string | undefined
  observe: Observe
  /** Told of the crash points that are passed. */
  reached: Reached
}

export type RolesOptions = {
  roles: readonly Role[]
  source: string
  leaseMs: number
  slots: number
  /** The dispatch lives in this process. */
  inProcess: boolean
  /** How long intents, attempts and receipts are kept; null: for ever. */
  retentionMs: number | null
}

export type RunningRoles = {
  /** Whether this process leads at least one shard; false without the role of a relay. */
  leads(): boolean
  /** Whether the database has answered lately, so that what is claimed here is still ours. */
  holds(): boolean
  stop(graceMs: number): Promise<void>
}

const monotonicMs = () => performance.now()

/** Starts roles on one database and one dispatch. Consumers first, so that what is captured finds somebody. */
export async function startRoles(deps: RolesDeps, options: RolesOptions): Promise<RunningRoles> {
  const name = options.roles.length === 1 ? (options.roles[0] ?? 'all') : 'all'
  const session = await startSession({
    // With its pid: whoever asks who holds a lease wants to find that process, and a host has several.
    register: (id) => registerProcess(deps.db, { id, role: name, host: `${hostname()}:${process.pid}` }),
    touch: (id) => touchProcess(deps.db, id),
    leave: (id) => leaveProcess(deps.db, id),
    newId: randomUUID,
    monotonicMs,
    clock: deps.clock,
    observe: deps.observe,
  })
  const deadlines = createDeadlines(monotonicMs)
  const parts = { ...deps, session, monotonicMs, deadlines }
  const has = (role: Role) => options.roles.includes(role)

  const verifier = has('verifier') ? await startVerifier({ ...parts, look: lookWith(deps, options) }, options) : null
  const worker = has('worker')
    ? await startWorker(
        {
          ...parts,
          prepare: prepareWith(deps, options),
          call: callWith(deps, options),
          look: lookAfterCallWith(deps, options),
          random: Math.random,
        },
        options,
      )
    : null
  const relay = has('relay')
    ? startRelay(
        { ...parts, processId: () => session.id() },
        { source: options.source, role: name, inProcess: options.inProcess, retentionMs: options.retentionMs },
      )
    : null

  return {
    leads: () => relay?.leads() ?? false,
    holds: () => session.holds(),
    async stop(graceMs) {
      // A relay that cannot say goodbye to its database keeps nobody from ending what is under way.
      const [goodbye] = await Promise.allSettled([relay?.stop()])
      await Promise.all([worker?.stop(graceMs), verifier?.stop(graceMs)])
      await session.leave()
      if (goodbye.status === 'rejected') throw goodbye.reason
    },
  }
}

/** The contracts that are deployed in a database, with the code that this process has for them. */
export function openContractBook(db: Database, withCode: ModuleShelf): ContractBook {
  return createContractBook({
    monotonicMs,
    newestVersion: (effect) => newestVersion(db, effect).catch(asUnreadable),
    async load(effect, version) {
      const name = `${effect} version ${version}`
      const parsed = contractFromDocument(JSON.parse(await loadContract(db, { effect, version })), name)
      if (parsed.ok) return withCode(parsed.contract)
      throw new ContractUnreadableError(
        `this program cannot read ${name}: ${parsed.problems.map((each) => each.message).join('; ')}`,
      )
    },
  })
}

function asUnreadable(error: unknown): never {
  if (error instanceof StoreError && error.code === 'contract_missing') throw new ContractUnreadableError(error.message)
  throw error
}

type Where = Pick<RolesOptions, 'source'>

const callWith =
  ({ caller, secret, clock }: RolesDeps, { source }: Where): Parameters<typeof startWorker>[0]['call'] =>
  ({ contract, claimed, notAfterMs }, signal) =>
    callProvider({ caller, secret, notAfterMs, now: clock.nowMs }, contract, entryOf(claimed, source), signal)

const prepareWith =
  ({ caller, secret, clock }: RolesDeps, { source }: Where): Parameters<typeof startWorker>[0]['prepare'] =>
  ({ contract, claimed, notAfterMs }, signal) =>
    prepareCall({ caller, secret, notAfterMs, now: clock.nowMs }, contract, entryOf(claimed, source), signal)

/** The worker's look right after its call: it knows the answer, and nothing of it is written down yet. */
const lookAfterCallWith =
  ({ caller, secret }: RolesDeps, { source }: Where): Parameters<typeof startWorker>[0]['look'] =>
  ({ contract, claimed, result }, signal) => {
    const answeredCalls = claimed.answered_calls + 1
    const known = { externalId: result.externalId, calls: callsEver(claimed), answeredCalls, seenPresentBefore: false }
    return lookAtProvider({ caller, secret }, contract, { ...entryOf(claimed, source), ...known }, signal)
  }

const lookWith =
  ({ caller, secret }: RolesDeps, { source }: Where): Parameters<typeof startVerifier>[0]['look'] =>
  ({ contract, claimed }, signal) => {
    const { external_id: externalId, answered_calls: answeredCalls, seen_present: seenPresentBefore } = claimed
    const known = { externalId, calls: callsEver(claimed), answeredCalls, seenPresentBefore }
    return lookAtProvider({ caller, secret }, contract, { ...entryOf(claimed, source), ...known }, signal)
  }

/** A replay starts the attempts anew; a call from before it may have had an effect, which a look by id would not see. */
const callsEver = (claimed: ClaimedCall | ClaimedLook): number =>
  claimed.attempts + (claimed.since_first_call_ms > claimed.since_commit_ms ? 1 : 0)

const entryOf = (claimed: ClaimedCall | ClaimedLook, source: string): Entry => ({
  source,
  entryId: claimed.entry_id,
  tenant: claimed.tenant,
  effect: claimed.effect,
  key: claimed.key,
  payload: claimed.payload,
  createdAt: claimed.created_at,
  prepared: claimed.prepared,
})
