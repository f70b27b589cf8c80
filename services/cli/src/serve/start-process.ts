import { createInProcessDispatch, createKafkaDispatch, type Dispatch } from '@readback/dispatch'
import { createHttpCaller, type EgressPolicy } from '@readback/effects'
import { crashAt, passOn, type Reached, type Running } from '@readback/service-kit'
import { type Database, openDatabase } from '@readback/store'
import type { Telemetry } from '@readback/telemetry'
import { egressPolicy } from '../egress-policy.ts'
import type { Io } from '../framework/io.ts'
import { createModuleShelf } from '../module-shelf.ts'
import { openContractBook, startRoles } from '../roles.ts'
import { callbackEndpoint } from './callbacks.ts'
import { deployAtStart, type Place, watchContracts } from './contracts.ts'
import { startHealth } from './health.ts'
import { startLagSampler } from './lag-sampler.ts'
import type { ProcessSettings, Service } from './service.ts'

/** Opens what a service needs, starts its roles, and says what must be closed in which order. */
export async function startProcess(io: Io, service: Service, telemetry: Telemetry): Promise<Running> {
  const { name: role, roles, settings } = service
  const egress = egressPolicy(settings.egressAllow)
  const db = openDatabase({
    url: settings.databaseUrl,
    applicationName: `readback ${role}`,
    connectionsMax: roles.length > 1 ? 16 : 8,
    onConnectionLost: (error) => telemetry.observe({ type: 'connection_lost', error }),
  })
  try {
    if (service.contracts === 'deployed') await deployAtStart(contractPlace(db, service, telemetry))
    return await startWith({ io, service, telemetry, db, egress })
  } catch (error) {
    await db.close()
    throw error
  }
}

type Parts = { io: Io; service: Service; telemetry: Telemetry; db: Database; egress: EgressPolicy }

async function startWith({ io, service, telemetry, db, egress }: Parts): Promise<Running> {
  const { name: role, roles, settings } = service
  const { observe } = telemetry
  const dispatch = openDispatch(settings, telemetry)
  const caller = createHttpCaller({ egress })
  const { secret, source, leaseMs, slots, contractsFolder } = settings
  const inProcess = settings.kafka === null
  const contracts = openContractBook(db, createModuleShelf(contractsFolder))
  const running = await startRoles(
    { db, contracts, dispatch, caller, secret, observe, reached: crashPlan(io) },
    { roles, source, leaseMs, slots, inProcess },
  )
  const watching = service.contracts === 'watched' ? watchContracts(contractPlace(db, service, telemetry)) : null
  const lag = roles.includes('relay') ? startLagSampler(db, running.leads, telemetry) : null
  // Whoever looks is told when there may be something to see.
  const callbacks = roles.includes('verifier') ? callbackEndpoint({ db, contracts, secret, observe }) : null
  const health = await startHealth({ port: settings.port, db, dispatch, metrics: telemetry.metrics, callbacks })
  observe({
    type: 'role_started',
    role,
    port: health.port,
    dispatch: inProcess ? 'in process' : 'kafka',
    version: io.version,
  })

  return {
    async stop() {
      health.drain()
      await Promise.all([running.stop(settings.drainMs), watching?.stop(), lag?.stop()])
      await Promise.all([dispatch.close(), caller.close()])
      await Promise.all([db.close(), health.close()])
    },
  }
}

/** Only tests of crashes set this: the process then ends itself at that point, as a kill -9 would end it. */
function crashPlan({ env }: Io): Reached {
  const plan = env.READBACK_CRASH_AT
  return plan ? crashAt(plan, () => process.kill(process.pid, 'SIGKILL')) : passOn
}

const contractPlace = (db: Database, { settings }: Service, { observe }: Telemetry): Place => ({
  db,
  folder: settings.contractsFolder,
  leaseMs: settings.leaseMs,
  observe,
})

function openDispatch({ kafka, source }: ProcessSettings, { observe }: Telemetry): Dispatch {
  if (kafka === null) return createInProcessDispatch({ observe })
  const groupPrefix = source === 'default' ? 'readback' : `readback-${source}`
  return createKafkaDispatch({ ...kafka, clientId: `readback-${source}`, groupPrefix, observe })
}
