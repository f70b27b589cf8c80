import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const RUN = fileURLToPath(new URL('../bench/run.mjs', import.meta.url))

// Its figures are for people; that it still runs is for us: nothing else starts the roles as it does.
it('the bench of the pipeline sees every effect done, and says so in figures', async () => {
  const words = ['pipeline', '--effects', '60', '--rounds', '1', '--any-noise', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, ...words])
  const { bench, counted, figures } = JSON.parse(stdout)
  expect({ bench, counted }).toEqual({ bench: 'pipeline', counted: 1 })
  expect(figures[0]).toMatchObject({ name: 'readback ÷ bare', floor: 0.75 })
  expect(figures[0].median).toBeGreaterThan(0)
}, 120_000)
