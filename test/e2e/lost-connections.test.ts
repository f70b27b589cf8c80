import { waitFor } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { intentsFor } from '../world/producer.ts'
import { openWorld, type World } from '../world/world.ts'

const CUTS = 25
const AT_ONCE = 8

let world: World

beforeAll(async () => {
  world = await openWorld({
    providers: { keyed: { plan: 'lost-replies' }, readable: { plan: 'drops', latencyMs: 10 } },
  })
})

afterAll(() => world.close())

/** Ends every connection of the product, whatever it is in the middle of. Returns how many there were. */
async function cutConnections(): Promise<number> {
  const { rows } = await world.pool.query<{ cut: number }>(
    `select count(pg_terminate_backend(pid))::int as cut from pg_stat_activity
     where datname = current_database() and application_name like 'readback %'`,
  )
  return rows[0]?.cut ?? 0
}

describe('a product whose connections to the database break again and again', () => {
  it('lives on, loses nothing, doubles nothing, and settles everything', async () => {
    const [all] = await world.startUsual()
    let cut = 0
    for (let nth = 0; nth < CUTS; nth += 1) {
      await world.producer.commit([
        ...intentsFor('keyed', `k${nth}`, AT_ONCE),
        ...intentsFor('readable', `r${nth}`, AT_ONCE),
      ])
      cut += await waitFor('connections', cutConnections, { withinMs: 10_000, everyMs: 50 })
    }
    await world.settled()
    expect(await all?.readyz()).toBe(true)
    expect(cut).toBeGreaterThan(CUTS)
    await world.check({ effects: CUTS * AT_ONCE * 2, faults: 40 })
  })
})
