import { fileURLToPath } from 'node:url'
import { inFreshProcess } from '../frame/in-fresh-process.mjs'

/**
 * A side that is a script of its own, run in a fresh process on a fresh database, and believed only when the provider holds every effect.
 * @param {URL} script
 * @param {(options: object, world: object, round: number) => object} [settings] what it is told beside the rest
 */
export function side(script, settings = () => ({})) {
  return async function run(world, options, round) {
    const { provider, postgres, kafka } = world
    const effects = Number(options.effects)
    await provider.reset()
    const told = {
      effects,
      providerUrl: provider.url,
      databaseUrl: postgres.url,
      postgresPid: postgres.pid,
      database: `bench_${process.pid}_${round}`,
      brokers: kafka?.brokers ?? null,
      statements: options.statements ?? false,
      ...settings(options, world, round),
    }
    const measured = await inFreshProcess(fileURLToPath(script), told, { profileTo: options.profile })
    const asked = effects + (told.warmUp ?? 0)
    const there = (await provider.effects()).length
    if (there !== asked) throw new Error(`${script}: ${there} effects are there, and ${asked} were asked for`)
    return measured
  }
}

export const BARE = side(new URL('./bare.mjs', import.meta.url), () => ({ inFlight: 64 }))

/** `more` are options of readback.mjs. As many connections as the bare loop has; what is claimed beyond that waits its turn for one. */
export const readbackWith = (more) =>
  side(new URL('./readback.mjs', import.meta.url), (options, _world, round) => ({
    connections: 64,
    slots: 256,
    ...more(options, round),
  }))

export const READBACK = readbackWith(() => ({}))

/** For benches that compare costs: what is done for the first time is not measured. */
export const warmedUp = ({ effects }) => ({ warmUp: Math.min(2_000, Number(effects)) })
