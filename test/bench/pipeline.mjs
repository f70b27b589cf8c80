// Verified effects a second, over a bare undici loop that posts and then looks, against the same provider process.
//
//   npm run bench -- pipeline [--effects 60000] [--rounds 15] [--dispatch in-process|kafka] [--json]
//                             [--profile DIR] [--statements]
//
// Intents are committed before the clock starts: what is measured is capture, claim, call, record, look and settlement.
import { runBench } from './frame/run-bench.mjs'
import { BARE, READBACK } from './pipeline/side.mjs'
import { COUNTED, openPipeline } from './worlds/pipeline.mjs'

const GOALS = { 'in-process': { floor: 0.75, aim: 0.85 }, kafka: { floor: 0.45, aim: 0.65 } }

const overKafka = process.argv.includes('kafka')

await runBench(
  {
    name: 'pipeline',
    about: `verified effects a second, ${overKafka ? 'over Kafka' : 'embedded'}, against a bare POST + GET loop at the same provider`,
    options: {
      effects: { type: 'string', default: '60000' },
      dispatch: { type: 'string', default: 'in-process' },
      // For whoever looks for what costs; the figures are not worth much then. A CPU profile of each process goes to DIR, and
      // the statements that PostgreSQL spent its time on to stderr.
      profile: { type: 'string' },
      statements: { type: 'boolean', default: false },
    },
    rounds: 15,
    open,
    sides: { bare: BARE, readback: READBACK },
    control: 'bare',
    controlOf: ({ perSecond }) => perSecond,
    figures: [
      {
        name: 'readback ÷ bare',
        unit: '×',
        ...GOALS[overKafka ? 'kafka' : 'in-process'],
        of: ({ bare, readback }) => readback.perSecond / bare.perSecond,
      },
      { name: 'readback', unit: 'effects/s', of: ({ readback }) => readback.perSecond },
      { name: 'bare', unit: 'effects/s', of: ({ bare }) => bare.perSecond },
      {
        name: 'CPU an effect on top of bare',
        unit: 'µs',
        ...(overKafka ? {} : { floor: 25, aim: 15 }),
        better: 'lower',
        of: ({ bare, readback }) => readback.cpuUs + readback.postgresCpuUs - bare.cpuUs,
      },
      { name: 'of it, PostgreSQL', unit: 'µs', of: ({ readback }) => readback.postgresCpuUs },
    ],
  },
  process.argv.slice(2),
)

function open({ dispatch, statements }) {
  return openPipeline({ kafka: dispatch === 'kafka', settings: statements ? COUNTED : {} })
}
