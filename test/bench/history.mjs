// What an effect costs in a database with 10 million settled entries, over what it costs in one with 10,000.
//
//   npm run bench -- history [--history 10000000] [--effects 40000] [--rounds 9] [--json] [--statements]
//
// Both databases are filled before the first round, which takes minutes and some 10 GB, and are on the same server. Each round adds its
// effects to both; their keys lie anywhere among the old ones.
import { runBench } from './frame/run-bench.mjs'
import { fillHistory } from './history/fill.mjs'
import { readbackWith, warmedUp } from './pipeline/side.mjs'
import { costRatio, perEffect } from './worlds/cost-ratio.mjs'
import { urlOf } from './worlds/database.mjs'
import { COUNTED, openPipeline } from './worlds/pipeline.mjs'

const SHORT = 10_000
// Filling writes several times as much as a round: with the checkpoints that this asks for, it would take twice as long.
const SETTINGS = { max_wal_size: '4GB' }

await runBench(
  {
    name: 'history',
    about: 'what an effect costs with a long history in the database, over what it costs with a short one; embedded',
    options: {
      history: { type: 'string', default: '10000000' },
      effects: { type: 'string', default: '40000' },
      // What PostgreSQL spent its time on, to stderr.
      statements: { type: 'boolean', default: false },
    },
    rounds: 9,
    open,
    sides: { short: run('short'), long: run('long') },
    control: 'short',
    controlOf: ({ perSecond }) => perSecond,
    figures: [
      ...costRatio('long', 'short', { floor: 1.25, aim: 1.1 }),
      {
        name: 'CPU of PostgreSQL to enqueue, long ÷ short',
        unit: '×',
        better: 'lower',
        of: ({ long, short }) => long.producingUs / short.producingUs,
      },
      perEffect('long'),
      perEffect('short'),
    ],
  },
  process.argv.slice(2),
)

async function open({ history, statements }) {
  const world = await openPipeline({ settings: { ...SETTINGS, ...(statements && COUNTED) } })
  const lengths = { short: Math.min(SHORT, Number(history)), long: Number(history) }
  for (const [database, count] of Object.entries(lengths)) {
    await readbackWith(() => ({ database }))(world, { effects: '100' })
    const startedMs = performance.now()
    await fillHistory(urlOf(world.postgres.url, database), count)
    process.stderr.write(`${count} settled entries in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s\n`)
  }
  return world
}

function run(database) {
  return readbackWith((options, round) => ({
    ...warmedUp(options),
    database,
    kept: true,
    prefix: `round-${round}-`,
    scattered: true,
  }))
}
