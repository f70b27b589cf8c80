import { runLoop } from '@readback/service-kit'
import { books, type Database, lag, type StageLag } from '@readback/store'
import type { Lag, SourceTelemetry } from '@readback/telemetry'

const SAMPLE_MS = 5_000
/** The books read every intent that is kept. */
const BOOKS_MS = 60_000

const NOTHING: Lag = { oldest: [], unknown: 0, dead: 0, unaccounted: 0, cursorLagMs: 0, keyHeadroomMs: null }

/** Keeps the gauges of the backlog up to date, where this process leads: one process of many is enough. */
export function startLagSampler(
  db: Database,
  leads: () => boolean,
  telemetry: SourceTelemetry,
): { stop(): Promise<void> } {
  const stop = new AbortController()
  let unaccounted = 0
  let booksDueAtMs = performance.now() + BOOKS_MS

  const runOnce = async () => {
    if (!leads()) {
      telemetry.setLag(NOTHING)
      return 0
    }
    if (performance.now() >= booksDueAtMs) {
      unaccounted = (await books(db)).unaccounted
      booksDueAtMs = performance.now() + BOOKS_MS
    }
    telemetry.setLag({ ...(await sample(db)), unaccounted })
    return 1
  }
  const idleMs = { first: SAMPLE_MS, max: SAMPLE_MS }
  const sampling = runLoop({ name: 'lag', runOnce, idleMs, signal: stop.signal, observe: telemetry.observe })
  return {
    async stop() {
      stop.abort()
      await sampling
    },
  }
}

async function sample(db: Database): Promise<Omit<Lag, 'unaccounted'>> {
  const now = await lag(db)
  const headroom = now.key_retention_headroom_seconds
  return {
    oldest: oldestByEffect(now.stages),
    unknown: now.unknown,
    dead: now.dead,
    cursorLagMs: now.cursor_lag_seconds * 1_000,
    keyHeadroomMs: headroom === null ? null : headroom * 1_000,
  }
}

/** Tenants are no label of a metric: there are too many of them. */
function oldestByEffect(stages: readonly StageLag[]): Lag['oldest'] {
  const oldest = new Map<string, { stage: string; effect: string; ageMs: number }>()
  for (const { stage, effect_name: effect, oldest_age_seconds } of stages) {
    const name = `${stage} ${effect}`
    const ageMs = Math.max(oldest_age_seconds * 1_000, oldest.get(name)?.ageMs ?? 0)
    oldest.set(name, { stage, effect, ageMs })
  }
  return [...oldest.values()]
}
