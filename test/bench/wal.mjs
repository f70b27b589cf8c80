// Bytes of WAL that an effect costs besides its payload, from the enqueue to the receipt.
//
//   npm run bench -- wal [--effects 10000] [--rounds 5] [--json] [--statements]
//
// What is taken off is what the same row costs in a table without indexes, inserted by a transaction of its own. Intents are committed
// one by one, while the roles run, and as a backlog before they start, which they get through in larger batches. How many pages are
// logged as a whole depends on when checkpoints are, so there are none, and none is; vacuum runs at the end only, and is shown by itself.
import { runBench } from './frame/run-bench.mjs'
import { countWal } from './wal/count-wal.mjs'
import { COUNTED, openPipeline } from './worlds/pipeline.mjs'

const STEADY = { full_page_writes: 'off', checkpoint_timeout: '1h', max_wal_size: '16GB', autovacuum: 'off' }

await runBench(
  {
    name: 'wal',
    about: 'bytes of WAL that an effect costs besides its payload, from the enqueue to the receipt; embedded',
    options: {
      effects: { type: 'string', default: '10000' },
      // Which statements wrote how much, to stderr.
      statements: { type: 'boolean', default: false },
    },
    rounds: 5,
    open: ({ statements }) => openPipeline({ settings: { ...STEADY, ...(statements && COUNTED) } }),
    sides: { coming: run({ backlog: false }), backlog: run({ backlog: true }) },
    figures: [
      bytes('WAL an effect, as they come', ({ coming }) => coming.bytes, { floor: 600, aim: 400 }),
      bytes('WAL an effect, from a backlog', ({ backlog }) => backlog.bytes),
      bytes('vacuum afterwards, an effect', ({ coming }) => coming.vacuum),
      bytes('payload row, taken off', ({ coming }) => coming.payload),
    ],
  },
  process.argv.slice(2),
)

function run(more) {
  return (world, { effects, statements }) => countWal(world, { effects: Number(effects), statements, ...more })
}

function bytes(name, of, goals = {}) {
  return { name, unit: 'bytes', ...goals, better: 'lower', of }
}
