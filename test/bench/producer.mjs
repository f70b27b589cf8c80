// Application transactions a second that also enqueue an intent, in the statement that inserts their row, over those without the intent.
//
//   npm run bench -- producer [--transactions 20000] [--connections 8] [--rounds 15] [--json]
//
// One row in a table with a primary key, one statement, one durable commit: the smallest transaction there is, where an intent weighs
// most. No role runs beside it. The application is this process, on the same machine as the server.
import { startEmbeddedPostgres } from '@readback/testing'
import { runBench } from './frame/run-bench.mjs'
import { runProducers } from './producer/run-producers.mjs'

await runBench(
  {
    name: 'producer',
    about: 'application transactions a second with an intent in the same statement, over the same without it',
    options: {
      transactions: { type: 'string', default: '20000' },
      connections: { type: 'string', default: '8' },
    },
    rounds: 15,
    open,
    sides: { plain: run({ enqueues: false }), enqueuing: run({ enqueues: true }) },
    control: 'plain',
    controlOf: ({ perSecond }) => perSecond,
    figures: [
      {
        name: 'enqueuing ÷ plain',
        unit: '×',
        floor: 0.9,
        aim: 0.95,
        of: ({ plain, enqueuing }) => enqueuing.perSecond / plain.perSecond,
      },
      { name: 'enqueuing', unit: 'transactions/s', of: ({ enqueuing }) => enqueuing.perSecond },
      { name: 'plain', unit: 'transactions/s', of: ({ plain }) => plain.perSecond },
      serverCpu('enqueuing'),
      serverCpu('plain'),
    ],
  },
  process.argv.slice(2),
)

async function open() {
  const postgres = await startEmbeddedPostgres({ durable: true })
  return { postgres, close: () => postgres.stop() }
}

function run(more) {
  return ({ postgres }, { transactions, connections }) =>
    runProducers(postgres, { transactions: Number(transactions), connections: Number(connections), ...more })
}

function serverCpu(side) {
  return {
    name: `CPU of the server a transaction, ${side}`,
    unit: 'µs',
    better: 'lower',
    of: (round) => round[side].postgresCpuUs,
  }
}
