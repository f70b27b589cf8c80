import { type DestinationStream, pino } from 'pino'
import { describeError } from './describe-error.ts'
import type { Kind, Level } from './kind.ts'
import { KINDS } from './kinds.ts'
import { createJsonWriter, createPrettyWriter, type Fields, type LineWriter } from './line-writer.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { metricsOfOne, metricsOfSeveral } from './metrics-of-sources.ts'
import type { Observation, Observe } from './observation.ts'
import { type Lag, setLag } from './set-lag.ts'

export type TelemetryOptions = {
  level: Level | 'silent'
  /** Stderr if not given. */
  stream?: DestinationStream
  /** Lines for people instead of JSON. */
  pretty?: { colors: boolean; now: () => Date }
  /** The process serves more than one database: every metric of one has its name as a label. */
  severalSources?: boolean
}

export type Telemetry = SourceTelemetry & {
  /** The text for `/metrics`. */
  metrics(): Promise<string>
  /** For what concerns one database; the others, and the process itself, are not it. */
  ofSource(source: string): SourceTelemetry
  /** Whether it can be worked on. Of a lone one, that the process is ready says as much. */
  setSourceUp(source: string, up: boolean): void
}

export type SourceTelemetry = { observe: Observe; setLag(lag: Lag): void }

const SEVERITY = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: 100 } as const

/** Turns observations into lines and metrics. `observe` never throws and never waits. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const process = createMetrics()
  const metrics = options.severalSources ? metricsOfSeveral(process) : metricsOfOne(process)
  const write = writerFor(options)
  const parts = { least: SEVERITY[options.level], write }
  // To people, who watch one database, its name says nothing.
  const isNamed = options.severalSources === true || options.pretty === undefined
  return {
    ...telemetryWith({ ...parts, metrics: process, source: null }),
    metrics: metrics.text,
    setSourceUp: metrics.setUp,
    ofSource: (source) => telemetryWith({ ...parts, metrics: metrics.of(source), source: isNamed ? source : null }),
  }
}

type Parts = { least: number; write: LineWriter; metrics: Metrics; source: string | null }

function telemetryWith({ least, write, metrics, source }: Parts): SourceTelemetry {
  const withStack = least <= SEVERITY.debug
  return {
    observe(observation) {
      const kind = KINDS[observation.type] as Kind<Observation>
      kind.measure?.(metrics, observation)
      const level = typeof kind.level === 'string' ? kind.level : kind.level(observation)
      if (SEVERITY[level] >= least) write(level, kind.message, fieldsOf(kind, observation, { source, withStack }))
    },
    setLag: (lag) => setLag(metrics, lag),
  }
}

function writerFor({ stream, pretty }: TelemetryOptions): LineWriter {
  // Not synchronous: what is logged while a write is under way goes with the next one. The rest is flushed at exit.
  const destination = stream ?? pino.destination({ fd: 2, sync: pretty !== undefined })
  return pretty ? createPrettyWriter(destination, pretty) : createJsonWriter(destination)
}

type About = { source: string | null; withStack: boolean }

function fieldsOf(kind: Kind<Observation>, observation: Observation, { source, withStack }: About): Fields {
  const fields: Fields = source === null ? { type: observation.type } : { type: observation.type, source }
  const given = observation as Fields
  for (const name of kind.fields as readonly string[]) {
    fields[name] = name === 'error' ? describeError(given[name], withStack) : rounded(given[name])
  }
  return fields
}

/** To a microsecond, where it is milliseconds. */
const rounded = (value: unknown) => (typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value)
