// What an effect costs while a transaction stays open that keeps vacuum from its work, over what it costs without one.
//
//   npm run bench -- horizon [--effects 300000] [--rounds 5] [--json]
//
// It is open in the same database before the first effect is called, has a transaction id, and sees the database as it was then: no row
// that a role has replaced or removed since can be cleaned up.
import { runBench } from './frame/run-bench.mjs'
import { readbackWith, warmedUp } from './pipeline/side.mjs'
import { totalUs } from './worlds/cost.mjs'
import { costRatio, perEffect } from './worlds/cost-ratio.mjs'
import { openPipeline } from './worlds/pipeline.mjs'

await runBench(
  {
    name: 'horizon',
    about:
      'what an effect costs while an open transaction keeps vacuum from its work, over what it costs without one; embedded',
    options: { effects: { type: 'string', default: '300000' } },
    rounds: 5,
    open: () => openPipeline(),
    sides: { free: run({}), pinned: run({ pinned: true }) },
    control: 'free',
    controlOf: ({ perSecond }) => perSecond,
    figures: [
      ...costRatio('pinned', 'free', { floor: 1.3, aim: 1.1 }),
      lastOverFirst('pinned'),
      lastOverFirst('free'),
      perEffect('pinned'),
      perEffect('free'),
      // That the horizon was pinned indeed shows here.
      liveTable('pinned'),
      liveTable('free'),
    ],
  },
  process.argv.slice(2),
)

function run(more) {
  return readbackWith((options) => ({ ...warmedUp(options), parts: 10, ...more }))
}

function lastOverFirst(side) {
  return {
    name: `CPU an effect, ${side}, last tenth ÷ first`,
    unit: '×',
    better: 'lower',
    of: (round) => totalUs(round[side].parts.at(-1)) / totalUs(round[side].parts[0]),
  }
}

function liveTable(side) {
  return {
    name: `table of what is under way at the end, ${side}`,
    unit: 'MB',
    better: 'lower',
    of: (round) => round[side].liveTableMb,
  }
}
