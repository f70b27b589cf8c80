import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contractOfDocs } from '../world/contract-of-docs.ts'
import { openWorld, type World } from '../world/world.ts'
import { bucket } from './foreign/bucket.ts'
import { charges } from './foreign/charges.ts'
import { type Cut, type CuttingProxy, type Passage, startCuttingProxy } from './foreign/cutting-proxy.ts'
import type { ForeignServer, Invoice, RunningServer } from './foreign/foreign-server.ts'
import { mailCatcher } from './foreign/mail.ts'
import { table } from './foreign/table.ts'
import { webdavStore } from './foreign/webdav.ts'

/** Servers that this project did not write, each driven by its YAML alone. */
const SERVERS: readonly ForeignServer[] = [webdavStore, charges, table, bucket, mailCatcher]

const INTENTS = 24
const keyOf = (nth: number) => `cust ${nth}/2026-11`

/** Half of the first writes is answered to nobody; a sixth never arrives, and a sixth is answered by a liar. */
const FIRST_WRITES: readonly Cut[] = [
  'after_it_was_answered',
  'answered_and_dropped',
  'after_it_was_answered',
  'before_it_arrives',
  'after_it_was_answered',
  'never',
]

type Running = RunningServer & { proxy: CuttingProxy }

describe('a server that this project did not write, by YAML alone', () => {
  const running = new Map<ForeignServer, Running>()
  let world: World

  beforeAll(async () => {
    await Promise.all(SERVERS.map(async (server) => void running.set(server, await startBehindProxy(server))))
    world = await openWorld({
      contracts: SERVERS.map((server) => contractOfDocs(`servers/${server.contract}`, placeOf(the(server)))),
      secrets: Object.assign({}, ...SERVERS.map(({ secrets }) => secrets)),
    })
    await world.startUsual()
    for (const server of SERVERS) {
      for (let nth = 1; nth <= INTENTS; nth += 1) {
        const row = ['acme', server.effect, keyOf(nth), JSON.stringify(server.invoice(nth))]
        await world.pool.query('select readback.enqueue($1, $2, $3, $4)', row)
      }
    }
    await world.settled()
  }, 180_000)
  afterAll(async () => {
    await world.close()
    await Promise.all([...running.values()].map(async ({ proxy, stop }) => [await proxy.stop(), await stop()]))
  }, 60_000)

  const the = (server: ForeignServer): Running => {
    const found = running.get(server)
    if (!found) throw new Error(`${server.name} does not run.`)
    return found
  }
  const writes = (server: ForeignServer) => byEffect(the(server).proxy.passages)

  describe.each(SERVERS)('$name', (server) => {
    it('holds every invoice once, as it was meant', async () => {
      const held = (await the(server).held()).toSorted((a, b) => a.amount - b.amount)
      expect(held).toEqual(Array.from({ length: INTENTS }, (_, index): Invoice => server.invoice(index + 1)))
    })

    it('was never written to again by what had arrived, and once more by what had not', () => {
      const stories = [...writes(server).values()].map((passages) => passages.map(({ cut }) => cut))
      expect(stories).toHaveLength(INTENTS)
      const lost = stories.filter(([first]) => first === 'after_it_was_answered')
      expect(lost).toEqual(Array.from({ length: INTENTS / 2 }, () => ['after_it_was_answered']))
      const again = stories.filter(([first]) => first === 'before_it_arrives' || first === 'answered_and_dropped')
      expect(again).toHaveLength(INTENTS / 3)
      for (const [, second, third] of again) expect([second, third]).toEqual(['after_it_was_answered', undefined])
    })

    it('is read back for every receipt', async () => {
      const { rows } = await world.pool.query(
        `select status, cause, receipt ->> 'verdict' as verdict, count(*)::int from readback.effect where effect_name = $1
         group by 1, 2, 3`,
        [server.effect],
      )
      expect(rows).toEqual([{ status: 'done', cause: null, verdict: 'present', count: INTENTS }])
    })
  })
})

async function startBehindProxy(server: ForeignServer): Promise<Running> {
  const started = await server.start()
  let effects = 0
  const startProxy = server.startProxy ?? (({ url }, options) => startCuttingProxy(url, options))
  const proxy = await startProxy(started, {
    effectOf: server.effectOf,
    cutFor: ({ effect, nth }) => {
      if (effect === null) return nth % 10 === 0 ? 'after_it_was_answered' : 'never'
      // What has to be written again loses its answer then.
      return nth > 1 ? 'after_it_was_answered' : (FIRST_WRITES[effects++ % FIRST_WRITES.length] ?? 'never')
    },
    ...(server.dropped && { dropped: server.dropped }),
  })
  return { ...started, proxy }
}

/** What is written to by mail is looked at over HTTP, past the proxy. */
const placeOf = ({ url, proxy }: Running) =>
  proxy.url.startsWith('smtp:') ? { url, mailUrl: proxy.url } : { url: proxy.url }

function byEffect(passages: readonly Passage[]): Map<string, Passage[]> {
  const grouped = new Map<string, Passage[]>()
  for (const passage of passages) {
    if (passage.effect !== null) grouped.set(passage.effect, [...(grouped.get(passage.effect) ?? []), passage])
  }
  return grouped
}
