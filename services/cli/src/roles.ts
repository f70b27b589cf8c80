import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import {
  type ContractBook,
  ContractUnreadableError,
  contractFromDocument,
  createContractBook,
} from '@readback/contract'
import { startWorker } from '@readback/delivery-worker'
import type { Dispatch } from '@readback/dispatch'
import type { HttpCaller } from '@readback/effects'
import { startRelay } from '@readback/relay'
import { createDeadlines, type DatabaseClock, keepWorkYoung, type Reached, startSession } from '@readback/service-kit'
import {
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
import { createRoleEffects } from './role-effects.ts'

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
  keepWorkYoung()
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
  const { caller, secret, clock } = deps
  const effects = createRoleEffects({ caller, secret, now: clock.nowMs, source: options.source })
  const has = (role: Role) => options.roles.includes(role)

  const verifier = has('verifier') ? await startVerifier({ ...parts, look: effects.look }, options) : null
  const worker = has('worker')
    ? await startWorker(
        {
          ...parts,
          prepare: effects.prepare,
          call: effects.call,
          look: effects.lookAfterCall,
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
