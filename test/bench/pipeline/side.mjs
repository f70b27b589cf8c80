import { fileURLToPath } from 'node:url'
import { inFreshProcess } from '../frame/in-fresh-process.mjs'

/**
 * A side that is a script of its own, run in a fresh process on a fresh database, and believed only when the provider holds every effect.
 * @param {URL} script
 * @param {(options: object, world: object) => object} [settings] what it is told beside the rest
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
      ...settings(options, world),
    }
    const measured = await inFreshProcess(fileURLToPath(script), told, { profileTo: options.profile })
    const there = (await provider.effects()).length
    if (there !== effects) throw new Error(`${script}: ${there} effects are there, and ${effects} were asked for`)
    return measured
  }
}

// Readback has more slots than connections, as by default in production: what is claimed waits its turn for a connection.
export const BARE = side(new URL('./bare.mjs', import.meta.url), () => ({ inFlight: 64 }))
export const READBACK = side(new URL('./readback.mjs', import.meta.url), () => ({ connections: 128, slots: 256 }))
