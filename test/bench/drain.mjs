// Rows a second that the relay gets out of a backlog of intents, over the usual poller: select for update skip locked, publish, mark.
//
//   npm run bench -- drain [--rows 200000] [--batch 20000] [--rounds 9] [--json]
//
// The same rows in the same database, to a dispatch that only counts. A batch is what the relay reads of a backlog at a time; polling a
// thousand at a time is slower.
import { startEmbeddedPostgres } from '@readback/testing'
import { openBacklog } from './drain/backlog.mjs'
import { drainByPolling, drainByRelay } from './drain/drains.mjs'
import { runBench } from './frame/run-bench.mjs'

import { each, startMeter, totalUs } from './worlds/cost.mjs'

const SIDES = {
  poller: drain(({ backlog }, dispatch, { batch }) => drainByPolling(backlog, dispatch, batch)),
  relay: drain(({ backlog }, dispatch, { rows }) => drainByRelay(backlog, dispatch, rows)),
}

await runBench(
  {
    name: 'drain',
    about:
      'rows a second that the relay gets out of a backlog, over a poller that selects for update, publishes and marks',
    options: {
      rows: { type: 'string', default: '200000' },
      batch: { type: 'string', default: '20000' },
    },
    rounds: 9,
    open,
    sides: SIDES,
    control: 'poller',
    controlOf: ({ perSecond }) => perSecond,
    figures: [
      {
        name: 'relay ÷ poller',
        unit: '×',
        floor: 2.5,
        aim: 3,
        of: ({ relay, poller }) => relay.perSecond / poller.perSecond,
      },
      { name: 'relay', unit: 'rows/s', of: ({ relay }) => relay.perSecond },
      { name: 'poller', unit: 'rows/s', of: ({ poller }) => poller.perSecond },
      { name: 'CPU a row, relay', unit: 'µs', better: 'lower', of: ({ relay }) => totalUs(relay) },
      { name: 'CPU a row, poller', unit: 'µs', better: 'lower', of: ({ poller }) => totalUs(poller) },
    ],
  },
  process.argv.slice(2),
)

async function open(options) {
  const postgres = await startEmbeddedPostgres({ durable: true })
  const backlog = await openBacklog(postgres.url, Number(options.rows))
  const world = {
    postgres,
    backlog,
    async close() {
      await backlog.close()
      await postgres.stop()
    },
  }
  // Nobody drains for the first time here: what is compiled by then, and what a first reader marks in the rows, is not measured.
  for (const side of Object.values(SIDES)) await side(world, options)
  return world
}

function drain(by) {
  return async (world, options) => {
    const [rows, batch] = [Number(options.rows), Number(options.batch)]
    const dispatch = countingDispatch()
    await world.backlog.rewind()
    const read = startMeter(world.postgres.pid)
    await by(world, dispatch, { rows, batch })
    const cost = read()
    if (dispatch.count !== rows) throw new Error(`${dispatch.count} of ${rows} rows were published`)
    return { perSecond: rows / cost.seconds, ...each(cost, rows) }
  }
}

/** Nobody claims what is published, and the relay would look for what is lost: something is always under way. */
function countingDispatch() {
  return {
    count: 0,
    async publish(_topic, refs) {
      this.count += refs.length
    },
    consume: () => Promise.reject(new Error('nobody consumes')),
    backlog: async () => 1,
    ready: () => true,
    close: async () => {},
  }
}
