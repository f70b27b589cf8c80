import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { testKafka } from '@readback/testing'
import { describe, expect, it } from 'vitest'

const RUN = fileURLToPath(new URL('../bench/run.mjs', import.meta.url))

type Figure = { name: string; median: number; floor?: number }

/** Their figures are for people; that they still run is for us. A bench that counts less at its end than was asked for throws. */
async function figuresOf(bench: string, words: string): Promise<Record<string, Figure>> {
  const args = [RUN, bench, ...words.split(' '), '--rounds', '1', '--any-noise', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ bench, counted: 1 })
  const figures: Figure[] = result.figures
  return Object.fromEntries(figures.map((figure) => [figure.name, figure]))
}

const kafka = await testKafka()
const peers = fileURLToPath(new URL('../bench/peers/node_modules', import.meta.url))

describe('the bench', () => {
  it.each([
    ['pipeline', '--effects 60', 'readback ÷ bare', 0.75],
    ['slow-calls', '--effects 200', 'readback ÷ bare', 0.92],
    ['tenants', '--effects 60 --tenants 20', 'CPU an effect, many ÷ one', 1.5],
    ['limits', '--effects 60 --latency 5', 'slots in use', undefined],
    ['history', '--effects 60 --history 1000', 'CPU an effect, long ÷ short', 1.25],
    ['horizon', '--effects 60', 'CPU an effect, pinned ÷ free', 1.3],
    ['drain', '--rows 2000', 'relay ÷ poller', 2.5],
    ['wal', '--effects 60', 'WAL an effect, as they come', 600],
    ['producer', '--transactions 100', 'enqueuing ÷ plain', 0.9],
  ])(
    'of %s sees all of it done',
    async (bench, options, name, floor) => {
      const figures = await figuresOf(bench, options)
      expect(figures[name]?.floor).toBe(floor)
      expect(figures[name]?.median).toBeGreaterThan(0)
    },
    120_000,
  )

  it('of the capture sees every intent published, beside open transactions too', async () => {
    const figures = await figuresOf('capture', '--intents 100 --warm-up 50')
    expect(figures['commit to capture, p99']).toMatchObject({ floor: 3 })
    expect(figures['p99 beside open transactions']?.median).toBeGreaterThan(0)
    expect(figures['p99 beside open transactions ÷ alone']?.median).toBeGreaterThan(0)
  }, 120_000)

  it('of a backlog knows the rate and the memory of its last tenth and of its first', async () => {
    const figures = await figuresOf('backlog', '--effects 500')
    expect(figures['rate, last ÷ first tenth']?.median).toBeGreaterThan(0)
    expect(figures['memory, last ÷ first tenth']?.median).toBeGreaterThan(0.5)
  }, 120_000)
})

// Where they are not installed, the bench would do it, and nobody is to get them by testing.
it.runIf(existsSync(peers))(
  'the bench of peers sees every job of theirs completed',
  async () => {
    const figures = await figuresOf('peers', '--effects 100')
    expect(figures['readback ÷ pg-boss']).toMatchObject({ floor: 1.25 })
    expect(figures['readback ÷ graphile-worker']).toMatchObject({ floor: 1.7 })
  },
  240_000,
)

describe.skipIf(kafka.is === 'missing')('the bench over Kafka', () => {
  it('of the first byte sees every call arrive', async () => {
    const figures = await figuresOf('first-byte', '--intents 60 --warm-up 40')
    expect(figures['embedded, p99']?.median).toBeGreaterThan(0)
    expect(figures['over Kafka, p99']?.median).toBeGreaterThan(0)
  }, 120_000)

  it('of the footprint sees the memory of each role, and what an idle one uses', async () => {
    const figures = await figuresOf('footprint', '--rate 100 --seconds 1 --idle-seconds 1 --settle-seconds 1')
    for (const role of ['all roles in one process', 'a relay', 'a worker', 'a verifier'])
      expect(figures[`memory of ${role}`]?.median).toBeGreaterThan(20)
    expect(figures['idle CPU of readback all']?.median).toBeGreaterThanOrEqual(0)
  }, 120_000)

  it('of the scale sees what more workers do', async () => {
    const figures = await figuresOf('scale', '--effects 60 --warm-up 20')
    expect(figures['4 workers ÷ 1']?.median).toBeGreaterThan(0)
    expect(figures['machine in use with 4']?.median).toBeGreaterThan(0)
  }, 120_000)

  it('of a backlog works it off over Kafka', async () => {
    const figures = await figuresOf('backlog', '--effects 300 --dispatch kafka')
    expect(figures['memory, last ÷ first tenth']?.median).toBeGreaterThan(0.5)
  }, 120_000)
})
