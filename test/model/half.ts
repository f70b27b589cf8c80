/** Half of the runs, for each of the two files that share the machine's two cores. */
import { expect } from 'vitest'
import { openBench } from './bench.ts'
import { type Figures, runModel } from './run-model.ts'

const { READBACK_MODEL_SEED, READBACK_MODEL_PATH, READBACK_MODEL_RUNS = '2000' } = process.env

export async function runHalf(which: 0 | 1): Promise<void> {
  const path = READBACK_MODEL_PATH ?? null
  // A path belongs to one seed, and so to one half.
  if (path !== null && which === 1) return
  const seed = Number(READBACK_MODEL_SEED ?? Date.now() % 2 ** 31) + which
  const runs = Math.ceil(Number(READBACK_MODEL_RUNS) / 2)
  const bench = await openBench()
  try {
    const startedMs = performance.now()
    const figures = await runModel(bench, { seed, path, runs })
    console.info(
      `seed ${seed}: ${figures.runs} runs in ${Math.round(performance.now() - startedMs) / 1000} s, ${figures.effects} effects, ${figures.faults} faults met`,
      figures.ends,
    )
    if (path === null) expectEnough(figures, runs)
  } finally {
    await bench.close()
  }
}

/** What must come about in so many runs, or they prove little. */
const ENDS = [
  'done',
  'acknowledged',
  'held',
  'cancelled',
  'mismatch',
  'http_400',
  'unknown_outcome',
  'attempts_exhausted',
]
const MANY_RUNS = 500

function expectEnough({ effects, faults, ends }: Figures, runs: number): void {
  expect(effects).toBeGreaterThan(runs / 2)
  expect(faults).toBeGreaterThan(runs / 4)
  if (runs >= MANY_RUNS) expect(Object.keys(ends)).toEqual(expect.arrayContaining(ENDS))
}
