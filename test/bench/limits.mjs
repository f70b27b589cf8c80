// What limits that are reached let through of what they allow, and what those that wait for them cost.
//
//   npm run bench -- limits [--effects 1000] [--slots 6] [--rate 100/s] [--latency 50] [--rounds 5] [--json] [--statements]
//
// One tenant, and all of its effects committed at once. A slot is taken for the POST and the look, twice the latency; a rate is spread with a
// slack of 5 % (docs/decisions/0005), so that no more than 0.95 of it can be used.
import { spawnLossyProvider, startEmbeddedPostgres } from '@readback/testing'
import { runBench } from './frame/run-bench.mjs'
import { readbackWith } from './pipeline/side.mjs'
import { perEffect } from './worlds/cost-ratio.mjs'
import { COUNTED } from './worlds/pipeline.mjs'

const SECOND_MS = 1_000
// Small: what is done for the first time is not to be measured, and it waits for the same limit.
const WARM_UP = 50

await runBench(
  {
    name: 'limits',
    about: 'what limits that are reached let through of what they allow, and what waiting for them costs; embedded',
    options: {
      effects: { type: 'string', default: '1000' },
      slots: { type: 'string', default: '6' },
      rate: { type: 'string', default: '100/s' },
      latency: { type: 'string', default: '50' },
      // What PostgreSQL spent its time on, to stderr.
      statements: { type: 'boolean', default: false },
    },
    rounds: 5,
    open,
    sides: {
      slots: run(({ slots }) => ({ concurrency: Number(slots) })),
      rate: run(({ rate }) => ({ perTenant: rate })),
    },
    control: 'slots',
    controlOf: ({ perSecond }) => perSecond,
    figures: [
      {
        name: 'slots in use',
        unit: '× of what they allow',
        of: ({ slots }) => (slots.perSecond * 2 * slots.latencyMs) / SECOND_MS / slots.allowed,
      },
      { name: 'rate in use', unit: '× of what it allows', of: ({ rate }) => rate.perSecond / rate.allowed },
      perEffect('slots'),
      perEffect('rate'),
      { name: 'put off for a slot', unit: 'times an effect', better: 'lower', of: ({ slots }) => timesPutOff(slots) },
      { name: 'put off for a turn', unit: 'times an effect', better: 'lower', of: ({ rate }) => timesPutOff(rate) },
    ],
  },
  process.argv.slice(2),
)

async function open({ latency, statements }) {
  const provider = await spawnLossyProvider({ kind: 'keyed', latencyMs: Number(latency) })
  const postgres = await startEmbeddedPostgres({ durable: true, settings: statements ? COUNTED : {} })
  return { provider, postgres, close: () => Promise.all([provider.stop(), postgres.stop()]) }
}

function run(limit) {
  const side = readbackWith((options) => ({ warmUp: WARM_UP, ...limit(options) }))
  return async (world, options, round) => {
    const measured = await side(world, options, round)
    const { concurrency, perTenant } = limit(options)
    return {
      ...measured,
      effects: Number(options.effects),
      latencyMs: Number(options.latency),
      allowed: concurrency ?? Number.parseInt(perTenant, 10),
    }
  }
}

function timesPutOff({ throttled, effects }) {
  return throttled / effects
}
