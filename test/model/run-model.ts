/** Random lists of commands against the product, as many as asked for, from a seed that is printed. */
import fc from 'fast-check'
import type { Bench } from './bench.ts'
import { checkEnd } from './check.ts'
import { commands } from './commands.ts'
import { Model } from './model.ts'
import { SteppedWorld } from './stepped-world.ts'

export type Figures = { runs: number; effects: number; faults: number; ends: Record<string, number> }

export async function runModel(
  bench: Bench,
  { seed, path, runs }: { seed: number; path: string | null; runs: number },
): Promise<Figures> {
  const figures: Figures = { runs: 0, effects: 0, faults: 0, ends: {} }
  const [ofRuns, ofCommands] = path?.split('@') ?? []
  const property = fc.asyncProperty(commands(ofCommands), async (list) => {
    await bench.clear()
    const model = new Model()
    const world = new SteppedWorld(bench)
    await fc.asyncModelRun(() => ({ model, real: world }), list)
    await world.heal()
    count(figures, await checkEnd(model, world))
  })
  const details = await fc.check(property, { seed, numRuns: runs, ...(ofRuns && { path: ofRuns, endOnFailure: true }) })
  if (details.failed) throw new Error(report(details, fc.stringify(details.counterexample?.[0])))
  return figures
}

function count(figures: Figures, stories: Awaited<ReturnType<typeof checkEnd>>): void {
  figures.runs += 1
  for (const { entry, effects, calls, looks } of stories) {
    figures.effects += effects.length
    figures.faults += [...calls, ...looks].filter(({ fault }) => fault !== 'none').length
    const end = entry?.state === 'dead' ? (entry.cause ?? 'dead') : (entry?.state ?? 'not committed')
    figures.ends[end] = (figures.ends[end] ?? 0) + 1
  }
}

type Failure = {
  seed: number
  counterexamplePath: string | null
  errorInstance: unknown
  numRuns: number
  numShrinks: number
}

function report({ seed, counterexamplePath, errorInstance, numRuns, numShrinks }: Failure, said: string): string {
  const replay = /\/\*replayPath="(.*)"\*\//.exec(said)?.[1]
  const list = said.replace(/\/\*.*\*\//, '').split(/,(?=[a-z0-9])/)
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  return [
    `Run ${numRuns}, after ${numShrinks} steps of shrinking, breaks it:`,
    ...list.map((command, index) => `  ${index + 1}. ${command}`),
    `  and then everything heals, and time passes`,
    why,
    `Again: READBACK_MODEL_SEED=${seed} READBACK_MODEL_PATH=${counterexamplePath}${replay ? `@${replay}` : ''} npm test -- model`,
  ].join('\n')
}
