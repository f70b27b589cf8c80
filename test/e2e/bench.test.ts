import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const RUN = fileURLToPath(new URL('../bench/run.mjs', import.meta.url))

type Figure = { name: string; floor?: number; median: number }

// Their figures are for people; that they still run is for us: nothing else starts the roles as they do.
it.each([
  ['pipeline', '--effects 60', 'readback ÷ bare', 0.75],
  ['slow-calls', '--effects 200', 'readback ÷ bare', 0.92],
  ['tenants', '--effects 60 --tenants 20', 'CPU an effect, many ÷ one', 1.5],
  ['history', '--effects 60 --history 1000', 'CPU an effect, long ÷ short', 1.25],
  ['horizon', '--effects 60', 'CPU an effect, pinned ÷ free', 1.3],
  ['drain', '--rows 2000', 'relay ÷ poller', 2.5],
  ['wal', '--effects 60', 'WAL an effect, as they come', 600],
  ['producer', '--transactions 100', 'enqueuing ÷ plain', 0.9],
])(
  'the bench %s sees all of it done, and says so in figures',
  async (name, options, ...first) => {
    const words = [name, ...options.split(' '), '--rounds', '1', '--any-noise', '--json']
    const { stdout } = await promisify(execFile)(process.execPath, [RUN, ...words])
    const { bench, counted, figures } = JSON.parse(stdout) as { bench: string; counted: number; figures: Figure[] }
    expect({ bench, counted }).toEqual({ bench: name, counted: 1 })
    expect([figures[0]?.name, figures[0]?.floor]).toEqual(first)
    expect(figures[0]?.median).toBeGreaterThan(0)
  },
  120_000,
)
