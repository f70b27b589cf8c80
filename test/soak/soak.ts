/** Load, while everything dies again and again; then silence, and the reckoning. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as restMs } from 'node:timers/promises'
import { waitFor } from '@readback/testing'
import type pg from 'pg'
import { checkRun } from '../world/checker.ts'
import { readStories } from '../world/story.ts'
import { openWorld, type World } from '../world/world.ts'
import { type BlowTimes, type Counts, strikeUntil } from './blows.ts'
import { chooseBlows, createDice } from './choices.ts'
import { type Fleet, startFleet } from './fleet.ts'
import type { SoakOptions } from './options.ts'
import { type Producers, startProducers } from './producers.ts'
import { type Servers, startServers } from './servers.ts'
import { createTakeovers, type Takeovers } from './takeover.ts'
import { type Demands, type Figures, figuresOf, shortcomings } from './verdict.ts'

export type SoakResult = { figures: Figures; broken: string[] }

const SHARES = { 'reply-lost': 0.1, dropped: 0.05 }
// Answers take a moment, so that a kill finds calls under way.
const LATENCY_MS = 250
const LEASE_MS = 5_000
const FLEET_ENVIRONMENT = { READBACK_LEASE: `${LEASE_MS}ms`, READBACK_DRAIN: '4s', LOG_LEVEL: 'info' }
const LONGEST: BlowTimes = { pauseMs: 6_000, awayMs: 1_500, frozenMs: 3 * LEASE_MS }
const DEMANDS: Omit<Demands, 'takeoverP99Ms'> = {
  shares: SHARES,
  blows: ['kill relay', 'kill worker', 'kill verifier', 'stop worker', 'crash broker', 'crash postgres'],
}
const SETTLED_WITHIN_MS = 180_000
const FIRST_SETTLED = 20
const PROGRESS_EVERY_MS = 10_000

const rest = (ms: number): Promise<void> => restMs(Math.max(0, ms))

type Run = {
  options: SoakOptions
  folder: string
  servers: Servers
  world: World
  fleet: Fleet
  takeovers: Takeovers
  say: (line: string) => void
}

export async function soak(options: SoakOptions, say: (line: string) => void): Promise<SoakResult> {
  const folder = mkdtempSync(join(tmpdir(), 'readback-soak-'))
  const servers = await startServers(rest)
  const world = await openSoakWorld(options, servers, folder)
  try {
    const fleet = await startFleet({ start: world.start, rest, environment: FLEET_ENVIRONMENT })
    return await soakIn({ options, folder, servers, world, fleet, takeovers: createTakeovers(world.pool, rest), say })
  } finally {
    await world.close()
    await servers.stop()
    rmSync(folder, { recursive: true })
  }
}

function openSoakWorld({ seed }: SoakOptions, { kafkaBrokers, databaseUrl }: Servers, folder: string): Promise<World> {
  const setup = { plan: { writes: { weights: SHARES, seed } }, latencyMs: LATENCY_MS }
  const logs = join(folder, 'logs')
  mkdirSync(logs)
  return openWorld({
    providers: { keyed: setup, readable: setup, opaque: setup },
    kafkaBrokers,
    logs,
    // It goes with its server.
    database: { url: databaseUrl, drop: async () => {} },
  })
}

async function soakIn(run: Run): Promise<SoakResult> {
  const { options, world, fleet, say } = run
  const ms = options.minutes * 60_000
  const dice = createDice(options.seed)
  const producing = {
    databaseUrl: run.servers.databaseUrl,
    journalFile: join(run.folder, 'soak.jsonl'),
    // Of their own: how fast the producers are must not change what is done to the processes.
    dice: createDice(options.seed + 1),
    name: `soak-${options.seed}`,
    rest,
  }
  const producers = startProducers(producing, options.intents, ms)
  const progress = tellProgress(run, producers)
  const isEnough = () => producers.committed() >= options.intents
  const times = { ...LONGEST, pauseMs: Math.min(LONGEST.pauseMs, ms / 10) }
  await untilWarm(world.pool, options.intents)
  const blows = await strikeUntil({ ...run, rest }, times, chooseBlows(dice), isEnough)
  await producers.done
  say(`all ${producers.committed()} are committed, and everything is up again`)
  const left = await untilSettled(world.pool)
  progress.stop()
  await fleet.stop()
  return judge(run, producers, { blows, left })
}

function tellProgress({ world, say }: Run, producers: Producers): { stop(): void } {
  const timer = setInterval(async () => {
    const counts = await countsOf(world.pool).catch(() => null)
    const seen = counts
      ? `${counts.settled} settled, ${counts.live} under way, ${counts.dead} with a person`
      : 'no database'
    say(`${producers.committed()} committed, ${seen}`)
  }, PROGRESS_EVERY_MS)
  return { stop: () => clearInterval(timer) }
}

type LiveCounts = { settled: number; live: number; dead: number }

/** Cheap at any size: what is not under way is only counted. */
async function countsOf(pool: pg.Pool): Promise<LiveCounts> {
  const { rows } = await pool.query<LiveCounts>(
    `select (select count(*)::int from readback.settlement) as settled,
            count(*) filter (where state <> 'dead')::int as live, count(*) filter (where state = 'dead')::int as dead
     from readback.delivery`,
  )
  return rows[0] ?? { settled: 0, live: 0, dead: 0 }
}

/** A blow before anything flows would hit nothing. */
async function untilWarm(pool: pg.Pool, intents: number): Promise<void> {
  const flows = async () => (await countsOf(pool)).settled >= Math.min(FIRST_SETTLED, intents / 10)
  await waitFor('the first intents to be settled', flows, { withinMs: SETTLED_WITHIN_MS, everyMs: 200 })
}

/** What is still under way after a patience that should be more than enough. */
async function untilSettled(pool: pg.Pool): Promise<string[]> {
  const nothingLeft = async () => {
    if ((await countsOf(pool)).live > 0) return false
    const { rows } = await pool.query<{ pending: string }>('select pending from readback.books')
    return rows[0]?.pending === '0'
  }
  const options = { withinMs: SETTLED_WITHIN_MS, everyMs: 500 }
  return waitFor('nothing to be under way', nothingLeft, options).then(
    () => [],
    (error: unknown) => [String(error)],
  )
}

/** By what lies outside the product: see test/world. */
async function judge(
  run: Run,
  producers: Producers,
  { blows, left }: { blows: Counts; left: string[] },
): Promise<SoakResult> {
  const { world, takeovers, options } = run
  const providers = {
    keyed: world.provider('keyed'),
    readable: world.provider('readable'),
    opaque: world.provider('opaque'),
  }
  const stories = await readStories(world.pool, producers.journal(), providers)
  const figures = figuresOf(stories, blows, await takeovers.waits())
  const atLeast = { effects: options.intents / 2, faults: options.intents / 20 }
  const promises = checkRun({ pool: world.pool, stories, said: world.said() }, atLeast)
  const broken = await promises.then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  )
  return {
    figures,
    broken: [...broken, ...left, ...shortcomings(figures, { ...DEMANDS, takeoverP99Ms: options.takeoverMs })],
  }
}
