import { createInProcessDispatch, createKafkaDispatch, type Dispatch } from '@readback/dispatch'
import { createHttpCaller } from '@readback/effects'
import { crashAt, createDatabaseClock, passOn, type Reached, type Running } from '@readback/service-kit'
import type { Telemetry } from '@readback/telemetry'
import { egressPolicy } from '../egress-policy.ts'
import type { Io } from '../framework/io.ts'
import { callbackEndpoint } from './callbacks.ts'
import { readAtStart } from './contracts.ts'
import { startHealth } from './health.ts'
import type { ProcessSettings, Service } from './service.ts'
import { type ServedSource, type SourceDeps, serveSource } from './source.ts'

/** Opens what a service needs, starts its roles on each database, and says what must be closed in which order. */
export async function startProcess(io: Io, service: Service, telemetry: Telemetry): Promise<Running> {
  const { roles, settings } = service
  const egress = egressPolicy(settings.egressAllow)
  const deployed = service.contracts === 'deployed'
  const contracts = deployed ? await readAtStart(settings.contractsFolder, settings.leaseMs) : []
  // One for all: databases that disagree on the time are few, and a machine that is wrong about it is not.
  const clock = createDatabaseClock(() => performance.now())
  const caller = createHttpCaller({ egress, now: clock.nowMs })
  const dispatches = openDispatches(settings, telemetry)
  const served = serveSources(io, service, { telemetry, caller, clock, dispatches, contracts })
  const stopSources = () => stopAll(served, telemetry)
  try {
    // A lone database that does not answer ends the process. Of several, each comes when it can.
    if (served.length === 1) await served[0]?.started
    const callbacks = new Map(served.map((source) => [source.name, source.callbacks]))
    const health = await startHealth({
      port: settings.port,
      sources: served,
      metrics: () => {
        for (const source of served) telemetry.setSourceUp(source.name, source.isUp())
        return telemetry.metrics()
      },
      // Whoever looks is told when there may be something to see.
      callbacks: roles.includes('verifier') ? callbackEndpoint(callbacks) : null,
    })
    observeStart(io, service, telemetry, health.port)
    return {
      async stop() {
        health.drain()
        await stopSources()
        await Promise.all([dispatches.close(), caller.close(), health.close()])
      },
    }
  } catch (error) {
    await stopSources()
    await Promise.all([dispatches.close(), caller.close()])
    throw error
  }
}

type Parts = Pick<SourceDeps, 'caller' | 'clock' | 'contracts'> & { telemetry: Telemetry; dispatches: Dispatches }

function serveSources(io: Io, service: Service, { telemetry, dispatches, ...shared }: Parts): ServedSource[] {
  const reached = crashPlan(io)
  return service.settings.sources.map((source) => {
    const own = telemetry.ofSource(source.name)
    const dispatch = dispatches.of(source.name, own.observe)
    return serveSource({ ...shared, service, source, dispatch, telemetry: own, reached })
  })
}

/** All at once. One that cannot say goodbye to its database does not keep the others from theirs. */
async function stopAll(served: readonly ServedSource[], telemetry: Telemetry): Promise<void> {
  await Promise.all(
    served.map((source) =>
      source.stop().catch((error: unknown) => {
        if (served.length === 1) throw error
        telemetry.ofSource(source.name).observe({ type: 'connection_lost', error })
      }),
    ),
  )
}

function observeStart(io: Io, { name: role, settings }: Service, { observe }: Telemetry, port: number): void {
  const names = settings.sources.map((source) => source.name)
  observe({
    type: 'role_started',
    role,
    port,
    dispatch: settings.kafka === null ? 'in process' : 'kafka',
    version: io.version,
    ...(names.length > 1 && { sources: names }),
  })
}

/** Only tests of crashes set this: the process then ends itself at that point, as a kill -9 would end it. */
function crashPlan({ env }: Io): Reached {
  const plan = env.READBACK_CRASH_AT
  return plan ? crashAt(plan, () => process.kill(process.pid, 'SIGKILL')) : passOn
}

type Dispatches = { of(source: string, observe: Telemetry['observe']): Dispatch; close(): Promise<void> }

/** Each source has its own queue in process; over Kafka, its own consumer groups on one connection. */
function openDispatches({ kafka, sources }: ProcessSettings, { observe }: Telemetry): Dispatches {
  if (kafka === null)
    return { of: (_, ofSource) => createInProcessDispatch({ observe: ofSource }), close: async () => {} }
  const [only, ...more] = sources
  const clientId = only && more.length === 0 ? `readback-${only.name}` : 'readback'
  return createKafkaDispatch({ ...kafka, clientId, observe })
}
