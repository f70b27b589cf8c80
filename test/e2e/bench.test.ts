import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const RUN = fileURLToPath(new URL('../bench/run.mjs', import.meta.url))

async function bench(...words: string[]) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    RUN,
    ...words,
    '--rounds',
    '1',
    '--any-noise',
    '--json',
  ])
  return JSON.parse(stdout)
}

// Their figures are for people; that they still run is for us: nothing else starts the roles as they do.
it('the bench of the pipeline sees every effect done, and says so in figures', async () => {
  const { bench: name, counted, figures } = await bench('pipeline', '--effects', '60')
  expect({ name, counted }).toEqual({ name: 'pipeline', counted: 1 })
  expect(figures[0]).toMatchObject({ name: 'readback ÷ bare', floor: 0.75 })
  expect(figures[0].median).toBeGreaterThan(0)
}, 120_000)

it('the bench of slow calls meets the same ones on both sides', async () => {
  const { counted, figures } = await bench('slow-calls', '--effects', '200')
  expect(counted).toBe(1)
  expect(figures[0]).toMatchObject({ name: 'readback ÷ bare', floor: 0.92 })
  expect(figures[0].median).toBeGreaterThan(0)
}, 120_000)

// Where they are not installed, the bench would do it, and nobody is to get them by testing; continuous integration is.
const peers = fileURLToPath(new URL('../bench/peers/node_modules', import.meta.url))
it.runIf(process.env.CI || existsSync(peers))(
  'the bench of peers sees every job of theirs completed',
  async () => {
    const { counted, figures } = await bench('peers', '--effects', '100')
    expect(counted).toBe(1)
    expect(figures[0]).toMatchObject({ name: 'readback ÷ pg-boss', floor: 1.25 })
    expect(figures[1]).toMatchObject({ name: 'readback ÷ graphile-worker', floor: 1.7 })
    for (const { median } of figures.slice(0, 2)) expect(median).toBeGreaterThan(0)
  },
  240_000,
)
