import { randomUUID } from 'node:crypto'
import type { Dispatch } from '@readback/dispatch'
import { passOn } from '@readback/service-kit'
import { type Database, openDatabase } from '@readback/store'
import type { RelayObservation } from '../observation.ts'
import { type Relay, startRelay } from '../relay.ts'

export type TestRelay = Relay & {
  id: string
  observations: RelayObservation[]
  observed<Type extends RelayObservation['type']>(type: Type): Extract<RelayObservation, { type: Type }>[]
  /** As kill -STOP: from now on nothing that it sends arrives, nothing it is answered is heard. */
  freeze(): void
  thaw(): void
  /** Stops in order, and closes its connections. */
  close(): Promise<void>
}

/**
 * By default it keeps its shards even where a busy machine has no time for it: one that lost them publishes the last moment once more,
 * which is harmless, and not what a test counts.
 */
export function startTestRelay(
  databaseUrl: string,
  dispatch: Dispatch,
  { inProcess = false, leaseMs = 60_000 } = {},
): TestRelay {
  const id = randomUUID()
  const observations: RelayObservation[] = []
  const gate = createGate()
  const db = openDatabase({ url: databaseUrl, applicationName: `relay ${id}`, connectionsMax: 6 })
  const relay = startRelay(
    {
      db: behind(gate, db),
      dispatch: { ...dispatch, publish: (topic, refs) => gate.pass(() => dispatch.publish(topic, refs)) },
      processId: () => id,
      monotonicMs: () => performance.now(),
      observe: (observation) => observations.push(observation),
      reached: passOn,
    },
    { source: 'main', role: 'relay', inProcess, retentionMs: null, leaseMs },
  )
  return {
    id,
    observations,
    observed: (type) =>
      observations.filter((each): each is Extract<RelayObservation, { type: typeof type }> => each.type === type),
    leads: relay.leads,
    stop: relay.stop,
    freeze: gate.shut,
    thaw: gate.open,
    async close() {
      await relay.stop()
      await db.close()
    },
  }
}

type Gate = { pass<T>(work: () => Promise<T>): Promise<T>; shut(): void; open(): void }

function createGate(): Gate {
  let opened = Promise.resolve()
  let open = () => {}
  return {
    async pass(work) {
      await opened
      const result = await work()
      await opened
      return result
    },
    shut() {
      opened = new Promise((resolve) => {
        open = resolve
      })
    },
    open: () => open(),
  }
}

/** The relay sends every statement by way of the pool. */
function behind(gate: Gate, db: Database): Database {
  const query = (statement: string) => gate.pass(() => db.pool.query(statement))
  return { ...db, pool: Object.assign(Object.create(db.pool), { query }) }
}
