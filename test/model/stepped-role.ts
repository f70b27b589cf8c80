/** A worker, a verifier or a relay as the product starts it, which does something only when it is told to, and may be struck meanwhile. */
import { randomUUID } from 'node:crypto'
import { startWorker } from '@readback/delivery-worker'
import type { Dispatch, EntryRef, Intake, Topic } from '@readback/dispatch'
import { createRelaySteps, type RelayStep } from '@readback/relay/steps'
import { createDeadlines, type Session } from '@readback/service-kit'
import { registerProcess, touchProcess } from '@readback/store'
import { startVerifier } from '@readback/verifier'
import { createRoleEffects, type RoleEffects } from 'readback'
import type { Bench } from './bench.ts'
import { type Blow, Body } from './body.ts'
import type { KeptRefs } from './kept-refs.ts'

const SOURCE = 'main'
const OPTIONS = { source: SOURCE, leaseMs: 60_000, slots: 8, flushEveryMs: 0 }
/** As the sessions of the product, which beat by themselves. */
const TRUST_MS = 3_500

/** Where a role is in the middle of something: it has done it, or it was struck and has not. */
export type Done = 'done' | 'struck'

export type Consuming = {
  body: Body
  accept(refs: readonly EntryRef[], blow: Blow | null): Promise<Done>
}
export type Relaying = { body: Body; step(step: RelayStep, blow: Blow | null): Promise<Done> }

/** Takes references until it is struck. */
export async function startConsuming(bench: Bench, refs: KeptRefs, topic: Topic): Promise<Consuming> {
  const body = new Body()
  const session = await startSession(bench)
  const taken: { intake?: Intake } = {}
  const dispatch = dispatchIn(body, refs, (intake) => {
    taken.intake = intake
  })
  const parts = partsOf(bench, { body, dispatch, session })
  if (topic === 'deliver') await startWorker(parts, OPTIONS)
  else await startVerifier({ ...parts, look: parts.lookLater }, OPTIONS)
  return {
    body,
    async accept(batch, blow) {
      await session.beat()
      body.aim(blow)
      const accepted = await unlessStruck(body, taken.intake?.accept(batch))
      await unlessStruck(body, body.quiet())
      body.aim(null)
      return accepted
    },
  }
}

export function createRelaying(bench: Bench, refs: KeptRefs): Relaying {
  const body = new Body()
  const id = randomUUID()
  let steps = 0
  const relay = createRelaySteps(
    {
      db: body.through(bench.db),
      dispatch: dispatchIn(body, refs),
      processId: () => id,
      // A second from one step to the next: a relay asks the database only so often.
      monotonicMs: () => bench.clock.monotonicMs() + steps * 1_000,
      observe: () => {},
      reached: body.reached,
    },
    { source: SOURCE, role: 'relay', inProcess: false, retentionMs: null },
  )
  return {
    body,
    async step(step, blow) {
      steps += 1
      body.aim(blow)
      const done = await unlessStruck(body, relay[step]())
      body.aim(null)
      return done
    },
  }
}

const unlessStruck = (body: Body, work: Promise<unknown> | undefined): Promise<Done> =>
  Promise.race([Promise.resolve(work).then(() => 'done' as const), body.struck.then(() => 'struck' as const)])

/** The product's session, beating when it is told to. */
async function startSession({ db, clock }: Bench): Promise<Session & { beat(): Promise<void> }> {
  let id = randomUUID()
  let trustedUntilMs = 0
  const register = () => registerProcess(db, { id, role: 'worker', host: 'model' })
  await register()
  return {
    id: () => id,
    holds: () => clock.monotonicMs() < trustedUntilMs,
    leave: async () => {},
    async beat() {
      trustedUntilMs = clock.monotonicMs() + TRUST_MS
      if ((await touchProcess(db, id)) !== null) return
      id = randomUUID()
      await register()
    },
  }
}

const dispatchIn = (body: Body, refs: KeptRefs, take: (intake: Intake) => void = () => {}): Dispatch => ({
  publish: (topic, batch) => body.pass(async () => refs.publish(topic, batch)),
  async consume(_, intake) {
    take(intake)
    return { stop: async () => {} }
  },
  backlog: async (topic) => refs.size(topic),
  ready: () => true,
  close: async () => {},
})

type Within = { body: Body; dispatch: Dispatch; session: Session }

function partsOf({ db, clock, contracts, caller }: Bench, { body, dispatch, session }: Within) {
  const effects = createRoleEffects({ caller, secret: () => '', now: () => clock.now(), source: SOURCE })
  const monotonicMs = () => clock.monotonicMs()
  return {
    db: body.through(db),
    dispatch,
    contracts,
    session,
    monotonicMs,
    deadlines: createDeadlines(monotonicMs),
    random: () => 0.5,
    observe: () => {},
    reached: body.reached,
    ...effectsIn(body, effects),
  }
}

type Effects = Pick<Parameters<typeof startWorker>[0], 'prepare' | 'call' | 'look'> & { lookLater: RoleEffects['look'] }

const effectsIn = (body: Body, effects: RoleEffects): Effects => ({
  call: (request, signal) => body.call(() => effects.call(request, signal)),
  prepare: (request, signal) => body.pass(() => effects.prepare(request, signal)),
  look: (request, signal) => body.pass(() => effects.lookAfterCall(request, signal)),
  lookLater: (request, signal) => body.pass(() => effects.look(request, signal)),
})
