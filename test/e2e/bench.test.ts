import { execFile } from 'node:child_process'
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
