import type { Contract } from '@readback/contract'
import type { Dispatch } from '@readback/dispatch'
import type { HttpCaller } from '@readback/effects'
import { type DatabaseClock, type Reached, rest, type Source } from '@readback/service-kit'
import { type Database, openDatabase } from '@readback/store'
import type { SourceTelemetry } from '@readback/telemetry'
import type { CallbackDeps } from '@readback/verifier'
import { describeFailure } from '../framework/describe-failure.ts'
import { createModuleShelf } from '../module-shelf.ts'
import { openContractBook, startRoles } from '../roles.ts'
import { deployAtStart, watchContracts } from './contracts.ts'
import { startLagSampler } from './lag-sampler.ts'
import { refuseShortRetention } from './refuse-short-retention.ts'
import type { Service } from './service.ts'

export type SourceDeps = {
  service: Service
  source: Source
  dispatch: Dispatch
  caller: HttpCaller
  clock: DatabaseClock
  telemetry: SourceTelemetry
  reached: Reached
  /** To be made known to the database before the roles start. */
  contracts: readonly Contract[]
}

/** What a process does for one database. */
export type ServedSource = {
  name: string
  db: Database
  dispatch: Dispatch
  /** Resolves when its roles work, for the first time. Rejects only if it is the only one, and they cannot. */
  started: Promise<void>
  /** Why they do not work yet; null: they do. */
  notStarted(): string | null
  /** Whether they do, and the database has answered lately. */
  isUp(): boolean
  /** Null until they do. */
  callbacks(): CallbackDeps | null
  stop(): Promise<void>
}

type Working = { callbacks: CallbackDeps; holds(): boolean; stop(): Promise<void> }

// A server that says nothing for this long is gone, whatever TCP believes; its entries were given to others long before.
const PATIENCE_MS = 30_000
const STARTING_MS = 1_000
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 5_000

/** Starts the roles on one database. With others beside it, it is tried again until it can be, and they go on meanwhile. */
export function serveSource(deps: SourceDeps): ServedSource {
  const { service, source, dispatch, telemetry } = deps
  const stopping = new AbortController()
  const db = openDatabase({
    url: source.databaseUrl,
    applicationName: `readback ${service.name}`,
    connectionsMax: service.roles.length > 1 ? 16 : 8,
    patienceMs: PATIENCE_MS,
    onConnectionLost: (error) => telemetry.observe({ type: 'connection_lost', error }),
  })
  let working: Working | null = null
  let reason: string | null = 'not started yet'

  const start = async () => {
    working = await startWorking(deps, db)
    reason = null
  }
  const keepStarting = async () => {
    for (let failures = 1; !stopping.signal.aborted && working === null; failures += 1) {
      await start().catch(async (error: unknown) => {
        reason = reasonOf(error)
        const retryMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
        telemetry.observe({
          type: 'source_failed',
          failures,
          retry_in_ms: retryMs,
          error: new Error(reason, { cause: error }),
        })
        await rest(retryMs, stopping.signal)
      })
    }
    if (working) telemetry.observe({ type: 'source_started' })
  }
  const started = service.settings.sources.length > 1 ? keepStarting() : start()

  return {
    name: source.name,
    db,
    dispatch,
    started,
    notStarted: () => reason,
    isUp: () => working?.holds() ?? false,
    callbacks: () => working?.callbacks ?? null,
    async stop() {
      stopping.abort()
      // One that hangs in its start has nothing that it could hand back.
      await Promise.race([started.catch(() => {}), timeout(STARTING_MS)])
      await working?.stop()
      await dispatch.close()
      await db.close()
    },
  }
}

const timeout = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())

function reasonOf(error: unknown): string {
  const { message, hint } = describeFailure(error)
  return [`not started: ${message}`, hint].filter(Boolean).join(' ')
}

async function startWorking(deps: SourceDeps, db: Database): Promise<Working> {
  const { service, source, dispatch, caller, clock, telemetry, reached } = deps
  const { roles, settings } = service
  const { observe } = telemetry
  const { secret, leaseMs, slots, contractsFolder, drainMs, retentionMs } = settings
  await deployAtStart(db, deps.contracts, observe)
  if (roles.includes('relay')) await refuseShortRetention(db, retentionMs)
  const contracts = openContractBook(db, createModuleShelf(contractsFolder))
  const running = await startRoles(
    { db, contracts, dispatch, caller, clock, secret, observe, reached },
    { roles, source: source.name, leaseMs, slots, inProcess: settings.kafka === null, retentionMs },
  )
  const place = { db, folder: contractsFolder, leaseMs, observe }
  const watching = service.contracts === 'watched' ? watchContracts(place) : null
  const lag = roles.includes('relay') ? startLagSampler(db, running.leads, telemetry) : null
  return {
    callbacks: { db, contracts, secret, nowMs: clock.nowMs, observe },
    holds: running.holds,
    async stop() {
      await Promise.all([running.stop(drainMs), watching?.stop(), lag?.stop()])
    },
  }
}
