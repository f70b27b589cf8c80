import { expect, it } from 'vitest'
import { commit, db, done, named, useEntries } from '../testing/entry-fixture.ts'
import { waitsForLock } from '../testing/waits-for-lock.ts'
import { effectStatus } from './effect-status.ts'

useEntries()

const ENQUEUE = `select effect from readback.enqueue('acme', 'invoice.issue', 'a', '{}', actor => $1)`

it.each([
  ['settled', done],
  ['under way', commit],
])(
  'two open transactions that repeat a key that is %s do not wait for each other, and both are seen',
  async (_, make) => {
    const entryId = await make('a')
    const producers = await Promise.all(
      ['bob', 'cleo'].map(async (actor) => ({ actor, client: await db.pool.connect() })),
    )
    for (const { actor, client } of producers) {
      await client.query('begin')
      await client.query("set local lock_timeout = '1ms'")
      expect((await client.query(ENQUEUE, [actor])).rows).toEqual([{ effect: 'noop' }])
    }
    expect(await waitsForLock(db)).toBe(false)
    for (const { client } of producers.toReversed()) {
      await client.query('commit')
      client.release()
    }
    const { history, entry_id } = await effectStatus(db, named('a'))
    expect(entry_id).toBe(entryId)
    expect(history.filter(({ what }) => what === 'enqueued_again')).toMatchObject([{ actor: 'bob' }, { actor: 'cleo' }])
  },
)
