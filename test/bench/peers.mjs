// Verified effects a second, over those of pg-boss, graphile-worker and BullMQ, whose handlers post and then look.
//
//   npm run bench -- peers [--effects 30000] [--rounds 15] [--svg FILE] [--json]
//
// BullMQ takes part where there is a Redis: one at REDIS_URL, or `redis-server` to start.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { spawnLossyProvider, startEmbeddedPostgres } from '@readback/testing'
import { runBench } from './frame/run-bench.mjs'
import { findRedis, openRedis } from './peers/find-redis.mjs'
import { installPeers, newerNode } from './peers/install.mjs'
import { BARE, READBACK, side } from './pipeline/side.mjs'

const GOALS = { 'pg-boss': { floor: 1.25, aim: 1.4 }, 'graphile-worker': { floor: 1.7, aim: 2 } }

installPeers()
const node = newerNode()
if (node === null) await compare()
else
  process.exitCode = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  }).status

async function compare() {
  const redis = findRedis()
  const peers = [...Object.keys(GOALS), ...(redis ? ['BullMQ'] : [])]
  const others = ['readback', ...peers]
  const left = redis ? '' : '; BullMQ is left out, since there is no Redis'
  await runBench(
    {
      name: 'peers',
      about: `verified effects a second, embedded, against job queues whose handlers POST and GET at the same provider${left}`,
      options: { effects: { type: 'string', default: '30000' } },
      rounds: 15,
      open: () => open(redis),
      sides: { bare: BARE, readback: READBACK, ...Object.fromEntries(peers.map((name) => [name, sideOf(name)])) },
      control: 'bare',
      controlOf: ({ perSecond }) => perSecond,
      figures: [
        ...peers.map((name) => ({ ...ratio('readback', name), ...GOALS[name] })),
        ...others.map((name) => ratio(name, 'bare')),
        ...['bare', ...others].map(speed),
        ...others.filter((name) => name !== 'BullMQ').map(cpu),
      ],
      picture: {
        title: 'Verified effects a second, over those of a bare loop',
        unit: '×',
        bars: { bare: 1, ...Object.fromEntries(others.map((name) => [name, `${name} ÷ bare`])) },
      },
    },
    process.argv.slice(2),
  )
}

async function open(found) {
  const provider = await spawnLossyProvider({ kind: 'keyed' })
  const postgres = await startEmbeddedPostgres({ durable: true })
  const redis = found && (await openRedis(found))
  return { provider, postgres, redis, close: () => Promise.all([provider.stop(), postgres.stop(), redis?.stop()]) }
}

function sideOf(name) {
  return side(new URL(`./peers/${name.toLowerCase()}.mjs`, import.meta.url), (_, { redis }) => ({
    redisUrl: redis?.url,
  }))
}

function ratio(one, other) {
  return { name: `${one} ÷ ${other}`, unit: '×', of: (sides) => sides[one].perSecond / sides[other].perSecond }
}

function speed(name) {
  return { name, unit: 'effects/s', of: (sides) => sides[name].perSecond }
}

function cpu(name) {
  const of = ({ [name]: { cpuUs, postgresCpuUs }, bare }) => cpuUs + postgresCpuUs - bare.cpuUs
  return { name: `CPU an effect on top of bare, ${name}`, unit: 'µs', better: 'lower', of }
}
