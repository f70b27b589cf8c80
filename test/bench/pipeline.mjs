// Verified effects a second, over a bare undici loop that posts and then looks, against the same provider process.
//
//   npm run bench -- pipeline [--effects 5000] [--pairs 5] [--dispatch in-process|kafka] [--json]
//                             [--profile DIR] [--statements]
//
// Each side runs in a fresh process, in turn, so that a machine that slows down slows both. Intents are committed before
// the clock starts: what is measured is capture, claim, call, record, look and settlement.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { spawnLossyProvider, startEmbeddedPostgres, startKafka } from '@readback/testing'
import { range } from './shared/figures.mjs'

const OPTIONS = {
  effects: { type: 'string', default: '5000' },
  pairs: { type: 'string', default: '5' },
  dispatch: { type: 'string', default: 'in-process' },
  json: { type: 'boolean', default: false },
  // For whoever looks for what costs; the figures are not worth much then. A CPU profile of each process goes to DIR, and
  // the statements that PostgreSQL spent its time on to stderr.
  profile: { type: 'string' },
  statements: { type: 'boolean', default: false },
}

await run(process.argv.slice(2))

async function run(args) {
  const { values } = parseArgs({ args, options: OPTIONS })
  const effects = Number(values.effects)
  const pairs = []
  const provider = await spawnLossyProvider({ kind: 'keyed' })
  const settings = values.statements ? { shared_preload_libraries: 'pg_stat_statements' } : {}
  const postgres = await startEmbeddedPostgres({ durable: true, settings })
  const kafka = values.dispatch === 'kafka' ? await startKafka() : null
  try {
    for (let pair = 0; pair < Number(values.pairs); pair += 1) {
      pairs.push(await measurePair({ ...values, effects, provider, postgres, kafka, pair }))
      process.stderr.write(`pair ${pair + 1}: ${line(pairs.at(-1))}\n`)
    }
  } finally {
    await Promise.all([provider.stop(), postgres.stop(), kafka?.stop()])
  }
  report({ dispatch: values.dispatch, effects, pairs }, values.json)
}

async function measurePair({ effects, provider, postgres, kafka, pair, profile, statements }) {
  const sides = pair % 2 === 0 ? ['bare', 'readback'] : ['readback', 'bare']
  const measured = {}
  for (const side of sides) {
    await provider.reset()
    measured[side] = await inFreshProcess(`./pipeline/${side}.mjs`, {
      effects,
      providerUrl: provider.url,
      databaseUrl: postgres.url,
      postgresPid: postgres.pid,
      database: `bench_${process.pid}_${pair}`,
      brokers: kafka?.brokers ?? null,
      profile,
      statements,
    })
    const there = (await provider.effects()).length
    if (there !== effects) throw new Error(`${side}: ${there} effects are there, and ${effects} were asked for`)
  }
  return { ...measured, ratio: measured.readback.perSecond / measured.bare.perSecond }
}

/** Runs a side and reads the one line of JSON that it prints. */
async function inFreshProcess(script, options) {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const flags = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : []
  const child = spawn(process.execPath, [...flags, file, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${script} ended with ${code}`)
  return JSON.parse(out)
}

function line({ bare, readback, ratio }) {
  return (
    `bare ${Math.round(bare.perSecond)}/s, readback ${Math.round(readback.perSecond)}/s, ratio ${ratio.toFixed(2)}, ` +
    `CPU a effect: bare ${Math.round(bare.cpuUs)} us, readback ${Math.round(readback.cpuUs)} us + PostgreSQL ${Math.round(readback.postgresCpuUs)} us`
  )
}

function report({ dispatch, effects, pairs }, json) {
  const figures = {
    dispatch,
    effects,
    pairs: pairs.length,
    ratio: range(pairs.map((pair) => pair.ratio)),
    bare_per_second: range(pairs.map((pair) => pair.bare.perSecond)),
    readback_per_second: range(pairs.map((pair) => pair.readback.perSecond)),
    cpu_us_on_top: range(pairs.map(({ bare, readback }) => readback.cpuUs + readback.postgresCpuUs - bare.cpuUs)),
  }
  if (json) return process.stdout.write(`${JSON.stringify({ ...figures, runs: pairs })}\n`)
  const show = ({ middle, low, high }, digits = 0) =>
    `${middle.toFixed(digits)} [${low.toFixed(digits)}-${high.toFixed(digits)}]`
  process.stdout.write(
    [
      `${dispatch}, ${effects} effects, ${pairs.length} pairs: median [lowest-highest]`,
      `verified effects/s over bare POST + GET   ${show(figures.ratio, 2)}`,
      `bare /s                                   ${show(figures.bare_per_second)}`,
      `readback /s                               ${show(figures.readback_per_second)}`,
      `CPU us an effect on top of bare           ${show(figures.cpu_us_on_top)}`,
      '',
    ].join('\n'),
  )
}
