import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const READBACK = fileURLToPath(new URL('../../node_modules/.bin/readback', import.meta.url))

// The first thing that a stranger types. It exits with 1 unless Readback's row is perfect.
it('the demo ends with each effect there once, beside a retry loop that doubled some and missed others', async () => {
  const words = ['demo', '--intents', '100', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, [READBACK, ...words])
  const { loop, readback, perfect } = JSON.parse(stdout)
  expect(loop.doubled + loop.missing).toBeGreaterThan(0)
  expect(readback).toMatchObject({
    intents: 95,
    effects_there: 95,
    doubled: 0,
    missing: 0,
    falsely_done: 0,
    undecided: 0,
  })
  expect(perfect).toBe(true)
}, 120_000)
