// Application transactions a second that also enqueue an intent, in the statement that inserts their row, over those without the intent.
//
//   npm run bench -- producer [--transactions 20000] [--connections 8] [--rounds 15] [--json]
//
// Of the smallest transaction there is, one row in one statement with one durable commit, where an intent weighs most; and of one of five
// statements. No role runs beside them. The application is this process, on the same machine as the server.
import { startEmbeddedPostgres } from '@readback/testing'
import { runBench } from './frame/run-bench.mjs'
import { banking, ordering } from './producer/applications.mjs'
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
    sides: {
      plain: run({ application: ordering, enqueues: false }),
      enqueuing: run({ application: ordering, enqueues: true }),
      'plain of five': run({ application: banking, enqueues: false }),
      'enqueuing of five': run({ application: banking, enqueues: true }),
    },
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
      {
        name: 'enqueuing ÷ plain, transactions of five statements',
        unit: '×',
        of: (round) => round['enqueuing of five'].perSecond / round['plain of five'].perSecond,
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
