// Whether a backlog of a million intents is worked off as fast at its end as at its beginning, in memory that does not grow.
//
//   npm run bench -- backlog [--effects 1000000] [--dispatch in-process|kafka] [--rounds 3] [--json]
//
// All intents are committed before the roles start. Compared are the first and the last tenth: the rate by the times of settlement in the
// database, and the most memory that each process was seen with while the effects of that tenth happened at the provider.
import { startEmbeddedPostgres, startKafka, waitFor } from '@readback/testing'
import { createMemoryPeaks } from './frame/memory-peaks.mjs'
import { runBench } from './frame/run-bench.mjs'
import { openInvoiceDatabase } from './worlds/invoice-database.mjs'
import { KAFKA_ROLES, startProduct } from './worlds/product.mjs'
import { startRecordingProvider } from './worlds/recording-provider.mjs'

const DONE_WITHIN_MS = 60_000
// As slow as a machine may be before it counts as stuck.
const PER_SECOND_MIN = 100
const SAMPLES_IN_TENTH = 100

const overKafka = process.argv.includes('kafka')

await runBench(
  {
    name: 'backlog',
    about: `a backlog that is worked off ${overKafka ? 'over Kafka' : 'embedded'}: its last tenth against its first`,
    options: { effects: { type: 'string', default: '1000000' }, dispatch: { type: 'string', default: 'in-process' } },
    rounds: 3,
    open,
    sides: { drain },
    figures: [
      {
        name: 'rate, last ÷ first tenth',
        unit: '×',
        floor: 0.9,
        of: ({ drain: { last, first } }) => last.perSecond / first.perSecond,
      },
      {
        name: 'memory, last ÷ first tenth',
        unit: '×',
        floor: 1.2,
        better: 'lower',
        of: ({ drain: { last, first } }) => growth(first.peaks, last.peaks),
      },
      {
        name: 'most memory of a process',
        unit: 'MB',
        of: ({ drain: { last, first } }) => Math.max(...Object.values(first.peaks), ...Object.values(last.peaks)),
      },
      { name: 'verified', unit: 'effects/s', of: ({ drain: { perSecond } }) => perSecond },
    ],
  },
  process.argv.slice(2),
)

async function open() {
  const postgres = await startEmbeddedPostgres({ durable: true })
  const kafka = overKafka ? await startKafka() : null
  return { postgres, kafka, close: () => Promise.all([postgres.stop(), kafka?.stop()]) }
}

async function drain({ postgres, kafka }, options, round) {
  const effects = Number(options.effects)
  const source = `backlog_${round}`
  const memory = { sample() {} }
  const provider = await startRecordingProvider({ onEffect: (count) => memory.sample(count) })
  const database = await openInvoiceDatabase(postgres.url, source, provider.url)
  await database.commit(effects)
  const product = await startProduct({
    roles: overKafka ? KAFKA_ROLES : ['all'],
    databaseUrl: database.url,
    source,
    // Its first effects are measured as well, so it is watched from its first moment on.
    untilReady: false,
    keepsLogs: false,
    ...(overKafka && { brokers: kafka.brokers }),
  })
  const tenths = memoryOfTenths(product.processes, effects)
  memory.sample = tenths.sample
  const withinMs = (effects / PER_SECOND_MIN) * 1_000 + DONE_WITHIN_MS
  await waitFor('the effects to be there', () => provider.effects() >= effects, { withinMs, everyMs: 100 })
  await database.untilDone(effects, DONE_WITHIN_MS)
  provider.expect(effects)
  const tenth = Math.floor(effects / 10)
  const measured = {
    first: { perSecond: await database.settledPerSecond(1, tenth), peaks: tenths.first.peaks },
    last: { perSecond: await database.settledPerSecond(effects - tenth + 1, effects), peaks: tenths.last.peaks },
    perSecond: await database.settledPerSecond(1, effects),
  }
  await product.stop()
  await database.drop()
  await provider.close()
  return measured
}

/** Takes samples in the first tenth of the effects, and in the last one. */
function memoryOfTenths(processes, effects) {
  const [first, last] = [createMemoryPeaks(processes), createMemoryPeaks(processes)]
  const every = Math.max(1, Math.floor(effects / 10 / SAMPLES_IN_TENTH))
  return {
    first,
    last,
    sample(count) {
      if (count % every !== 0) return
      if (count <= effects / 10) first.sample()
      if (count > effects * 0.9) last.sample()
    },
  }
}

/** Of the process that grew most. */
function growth(before, after) {
  return Math.max(...Object.keys(before).map((role) => after[role] / before[role]))
}
