// What an effect costs with 10,000 tenants that have a rate limit each, over what it costs with one tenant that has none.
//
//   npm run bench -- tenants [--effects 40000] [--tenants 10000] [--limit 100/s] [--rounds 7] [--json] [--statements]
//
// No limit is reached: the tenants take turns, so the entries of one are far apart. A turn is given up by a call that is later than a
// fortieth of the window of its limit, and another one is asked for; how often that was is shown.
import { runBench } from './frame/run-bench.mjs'
import { readbackWith, warmedUp } from './pipeline/side.mjs'
import { costRatio, perEffect } from './worlds/cost-ratio.mjs'
import { COUNTED, openPipeline } from './worlds/pipeline.mjs'

await runBench(
  {
    name: 'tenants',
    about:
      'what an effect costs with many tenants that have a rate limit each, over one tenant without a limit; embedded',
    options: {
      effects: { type: 'string', default: '40000' },
      tenants: { type: 'string', default: '10000' },
      limit: { type: 'string', default: '100/s' },
      // What PostgreSQL spent its time on, to stderr.
      statements: { type: 'boolean', default: false },
    },
    rounds: 7,
    open: ({ statements }) => openPipeline({ settings: statements ? COUNTED : {} }),
    sides: {
      one: run(() => ({})),
      many: run(({ tenants, limit }) => ({ tenants: Number(tenants), perTenant: limit })),
    },
    control: 'one',
    controlOf: ({ perSecond }) => perSecond,
    figures: [
      ...costRatio('many', 'one', { floor: 1.5, aim: 1.25 }),
      perEffect('many'),
      perEffect('one'),
      {
        name: 'turns given up',
        unit: '% of the effects',
        better: 'lower',
        of: ({ many }) => (100 * many.givenBack) / many.effects,
      },
    ],
  },
  process.argv.slice(2),
)

function run(more) {
  const side = readbackWith((options) => ({ ...warmedUp(options), ...more(options) }))
  return async (world, options, round) => {
    const measured = await side(world, options, round)
    if (measured.throttled > 0) throw new Error(`${measured.throttled} entries had to wait for a limit`)
    return { ...measured, effects: Number(options.effects) }
  }
}
