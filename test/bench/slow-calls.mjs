// Verified effects a second where 1 % of the POSTs take 1 s, over a bare loop with as many calls in flight.
//
//   npm run bench -- slow-calls [--effects 16000] [--in-flight 8] [--slots 256] [--rounds 15] [--json]
//
// What is asked: does a call that takes long hold up others? So what is in flight must be what bounds both sides, and not the CPU. With 1 % of 1 s
// an effect takes some 10 ms of a place on average, so that 8 places are good for fewer than 800 effects a second, which is what either side can do
// with half of two cores. With 256 places it would be 25,600, and the figure that of `pipeline` over again. A place is a connection: neither side
// has more than so many to the provider, for POSTs and GETs together. Readback claims more than that ahead (`--slots`, 256 by default as in
// production), which wait for a connection.
import { faultFor, spawnLossyProvider, startEmbeddedPostgres } from '@readback/testing'
import { runBench } from './frame/run-bench.mjs'
import { side } from './pipeline/side.mjs'

// By key and seed, so that it is the same effects that are slow on both sides. The effect is made at once, and its answer comes late; a look is
// never slow: Readback may look by other means than the bare loop, and both would not meet the same delays.
const PLAN = { writes: { seed: 1, weights: { slow: 0.01 }, details: { slow: { delayMs: 1_000 } } } }

await runBench(
  {
    name: 'slow-calls',
    about:
      'verified effects a second where 1 % of the POSTs take 1 s, against a bare POST + GET loop with as many calls in flight',
    options: {
      effects: { type: 'string', default: '16000' },
      'in-flight': { type: 'string', default: '8' },
      slots: { type: 'string', default: '256' },
    },
    rounds: 15,
    open,
    sides: {
      bare: withSlowCalls(new URL('./pipeline/bare.mjs', import.meta.url)),
      readback: withSlowCalls(new URL('./pipeline/readback.mjs', import.meta.url)),
    },
    control: 'bare',
    controlOf: ({ perSecond }) => perSecond,
    figures: [
      {
        name: 'readback ÷ bare',
        unit: '×',
        floor: 0.92,
        aim: 0.97,
        of: ({ bare, readback }) => readback.perSecond / bare.perSecond,
      },
      { name: 'readback', unit: 'effects/s', of: ({ readback }) => readback.perSecond },
      { name: 'bare', unit: 'effects/s', of: ({ bare }) => bare.perSecond },
    ],
  },
  process.argv.slice(2),
)

async function open() {
  const provider = await spawnLossyProvider({ kind: 'keyed', plan: PLAN })
  const postgres = await startEmbeddedPostgres({ durable: true })
  return { provider, postgres, close: () => Promise.all([provider.stop(), postgres.stop()]) }
}

function withSlowCalls(script) {
  const run = side(script, (options) => {
    const inFlight = Number(options['in-flight'])
    return { inFlight, connections: inFlight, slots: Number(options.slots) }
  })
  return async function runAndCount(world, options, round) {
    const measured = await run(world, options, round)
    const writes = (await world.provider.ledger()).filter(({ direction }) => direction === 'writes')
    const [asked, slow] = [Number(options.effects), writes.filter(({ fault }) => fault === 'slow').length]
    if (writes.length !== asked) throw new Error(`${writes.length} POSTs were made for ${asked} effects`)
    if (slow !== slowOf(asked)) throw new Error(`${slow} POSTs were slow, and ${slowOf(asked)} were to be`)
    return measured
  }
}

function slowOf(effects) {
  const faults = Array.from({ length: effects }, (_, nth) => faultFor(PLAN, 'writes', `key-${nth}`, 1))
  return faults.filter(({ name }) => name === 'slow').length
}
