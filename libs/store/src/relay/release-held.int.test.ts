import { randomUUID } from 'node:crypto'
import { waitFor } from '@readback/testing'
import { describe, expect, it } from 'vitest'
import { claimForCall } from '../claim/claim-for-call.ts'
import { cancelEntry } from '../operate/cancel-entry.ts'
import { discardDead } from '../operate/discard-dead.ts'
import { runReplay } from '../operate/run-replay.ts'
import { settle } from '../record/settle.ts'
import {
  called,
  claim,
  claimAll,
  command,
  commit,
  commitAfter,
  db,
  dead,
  done,
  endWell,
  finish,
  HOUR_MS,
  liveRow,
  look,
  move,
  OWNER,
  operator,
  useEntries,
  wanted,
} from '../testing/entry-fixture.ts'
import { waitsForLock } from '../testing/waits-for-lock.ts'
import { markEnded } from './mark-ended.ts'
import { releaseHeld } from './release-held.ts'

useEntries()

const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7]
const release = () => releaseHeld(db, { shards: SHARDS, limit: 100 })
const keysReleased = async () => (await release()).released.map(({ key }) => key)
const keysClaimed = async (...ids: string[]) => (await claimAll(ids)).map(({ key }) => key)
const held = async (entryId: string) => {
  const { state, reason } = (await liveRow(entryId)) ?? {}
  return `${state} ${reason}`
}
const blockers = async () => (await db.pool.query('select * from readback.blocker')).rows
const queued = async () => (await db.pool.query('select * from readback.ordering_queue')).rows.length

/** Settles on a connection of its own, and leaves the transaction open until it is told to commit. */
async function settleOpenly(entryId: string): Promise<{ commit(): Promise<void> }> {
  const [claimed] = await claim(entryId)
  const client = await db.pool.connect()
  await client.query('begin')
  const call = { outcome: 'success', cause: 'http_200', evidence: '{}', durationMs: 1 }
  const end = {
    from: 'calling',
    state: 'acknowledged',
    call,
    look: null,
    externalId: null,
    contractVersion: 1,
  } as const
  const own = { ...db, pool: Object.assign(Object.create(db.pool), { query: client.query.bind(client) }) }
  const names = { entryId, fence: claimed?.fence ?? 0, committedAt: claimed?.created_at ?? '' }
  expect(await settle(own, OWNER, [{ ...end, ...names }])).toHaveLength(1)
  return {
    async commit() {
      await client.query('commit')
      client.release()
    },
  }
}

describe('entries of one ordering key', () => {
  it('are called one after another, each when the one before has ended', async () => {
    const [one, two, three] = [await move('one'), await move('two'), await move('three')]
    expect(await keysClaimed(three, two, one)).toEqual(['one'])
    expect([await held(two), await held(three)]).toEqual(['held order', 'held order'])
    expect(await release()).toEqual({ released: [], looked: 0 })
    await endWell(one)
    expect(await keysReleased()).toEqual(['two'])
    expect(await keysReleased()).toEqual([])
    await finish(two)
    expect(await keysReleased()).toEqual(['three'])
    await finish(three)
    expect([await queued(), await blockers()]).toEqual([0, []])
  })

  it('wait for nobody when they come after the end', async () => {
    await finish(await move('one'))
    expect(await keysClaimed(await move('two'))).toEqual(['two'])
  })

  it('wait for no other key, and nobody without order waits for them', async () => {
    await claim(await move('one'))
    const [other, loose] = [await move('other', 'acc-2'), await commit('loose')]
    expect((await keysClaimed(await move('two'), other, loose)).sort()).toEqual(['loose', 'other'])
  })

  it('wait for one that waits itself, for its time or for a retry', async () => {
    const later = new Date(Date.now() + HOUR_MS).toISOString()
    const [one, two] = [await move('one', 'acc-1', { notBefore: later }), await move('two')]
    expect(await keysClaimed(one, two)).toEqual([])
    expect([await held(one), await held(two)]).toEqual(['scheduled not_before', 'held order'])
  })

  it('keep their own time when they are let go', async () => {
    const later = new Date(Date.now() + HOUR_MS).toISOString()
    const [one, two] = [await move('one'), await move('two', 'acc-1', { notBefore: later })]
    await keysClaimed(one, two)
    await endWell(one)
    expect((await release()).released).toMatchObject([{ key: 'two', early: true }])
    expect(await held(two)).toBe('scheduled not_before')
  })

  it('are blocked by a dead one, until it is replayed and done, or discarded', async () => {
    const [one, two, three] = [await move('one'), await move('two'), await move('three')]
    await called(one, 'side_effect_unknown', { to: 'dead', cause: 'mismatch' })
    expect(await keysClaimed(two, three)).toEqual([])
    expect(await keysReleased()).toEqual([])
    await runReplay(operator, command({ filter: { entryIds: [one] } }))
    await look(one)
    expect(await keysReleased()).toEqual(['two'])
    await called(two, 'side_effect_unknown', { to: 'dead', cause: 'mismatch' })
    await discardDead(operator, command({ filter: { entryIds: [two] } }))
    expect(await keysReleased()).toEqual(['three'])
  })

  it('move up when one between them is cancelled', async () => {
    const [one, two, three] = [await move('one'), await move('two'), await move('three')]
    await keysClaimed(one, two, three)
    await cancelEntry(operator, command({ entryId: two }))
    expect(await keysReleased()).toEqual([])
    expect(await held(three)).toBe('held order')
    await endWell(one)
    expect(await keysReleased()).toEqual(['three'])
  })
})

describe('an entry that comes after others', () => {
  it('is called when all of them are done', async () => {
    const [one, two] = [await commit('one'), await commit('two')]
    const last = await commitAfter('last', 'one', 'two')
    expect(await keysClaimed(last)).toEqual([])
    await finish(one)
    expect(await keysReleased()).toEqual([])
    expect(await held(last)).toBe('held after')
    await finish(two)
    expect(await keysReleased()).toEqual(['last'])
    expect(await keysClaimed(last)).toEqual(['last'])
    expect(await blockers()).toEqual([])
  })

  it('is called at once when they were done before', async () => {
    await done('one')
    expect(await keysClaimed(await commitAfter('last', 'one'))).toEqual(['last'])
  })

  it.each<[string, (entryId: string) => Promise<unknown>]>([
    ['was cancelled', (entryId) => cancelEntry(operator, command({ entryId }))],
    [
      'was discarded',
      async (entryId) => {
        await called(entryId, 'side_effect_unknown', { to: 'dead', cause: 'mismatch' })
        await discardDead(operator, command({ filter: { entryIds: [entryId] } }))
      },
    ],
    ['ended unseen', async (entryId) => (await settleOpenly(entryId)).commit()],
  ])('stays held when one of them %s, and is looked at once', async (_, end) => {
    const one = await commit('one')
    const last = await commitAfter('last', 'one')
    await claim(last)
    await end(one)
    expect(await release()).toEqual({ released: [], looked: 1 })
    expect(await release()).toEqual({ released: [], looked: 0 })
    expect(await held(last)).toBe('held after')
    const next = await commitAfter('next', 'one')
    expect([await keysClaimed(next), await held(next)]).toEqual([[], 'held after'])
  })

  it('goes on when the dead one that it waits for is replayed and done', async () => {
    const one = await dead('one')
    const last = await commitAfter('last', 'one')
    await claim(last)
    await runReplay(operator, command({ filter: { entryIds: [one] } }))
    await look(one)
    expect(await keysReleased()).toEqual(['last'])
  })

  it('takes its place in the order of its key all the same', async () => {
    const one = await commit('one')
    const [first, second] = [await move('first'), await move('second', 'acc-1', { after: ['one'] })]
    expect(await keysClaimed(second, first)).toEqual(['first'])
    await finish(one)
    expect([await keysReleased(), await held(second)]).toEqual([[], 'held order'])
    await endWell(first)
    expect(await keysReleased()).toEqual(['second'])
  })
})

describe('what meets', () => {
  it('a claim that does not see the end of the one before it, and an end that does not see the claim: the sweep finds it', async () => {
    const [one, two] = [await move('one'), await move('two')]
    const ending = await settleOpenly(one)
    expect(await keysClaimed(two)).toEqual([])
    await ending.commit()
    expect(await keysReleased()).toEqual([])
    expect(await markEnded(db, { after: null, pageRows: 100 })).toEqual({ marked: 1, next: null })
    expect(await keysReleased()).toEqual(['two'])
  })

  it('a claim that does not see the end of the one before it sees it when it has committed', async () => {
    const [one, two] = [await move('one'), await move('two')]
    const ending = await settleOpenly(one)
    const entries = [two, await commit('loose')].map(wanted)
    const claimed = await claimForCall(db, { owner: OWNER, leaseMs: 60_000, entries }, async (_, rows) => {
      await ending.commit()
      return rows
    })
    expect(claimed.map(({ key }) => key)).toEqual(['loose'])
    expect(await keysReleased()).toEqual(['two'])
  })

  it('the sweep goes through all that is held, a page a call', async () => {
    const ids = [await move('one'), await move('two'), await move('three')]
    await claimAll(ids)
    const first = await markEnded(db, { after: null, pageRows: 1 })
    expect(first).toEqual({ marked: 0, next: { entryId: ids[1], blockerId: ids[0] } })
    const second = await markEnded(db, { after: first.next, pageRows: 1 })
    expect(second.next).toEqual({ entryId: ids[2], blockerId: ids[1] })
    expect(await markEnded(db, { after: second.next, pageRows: 1 })).toEqual({ marked: 0, next: null })
  })

  it('two relays let each entry go once', async () => {
    const before = await Promise.all(Array.from({ length: 20 }, (_, n) => move(`before-${n}`, `acc-${n}`)))
    const after = await Promise.all(Array.from({ length: 20 }, (_, n) => move(`after-${n}`, `acc-${n}`)))
    await claimAll([...before, ...after])
    for (const entryId of before) await endWell(entryId)
    const both = await Promise.all([release(), release(), release()])
    const released = both.flatMap((each) => each.released.map(({ entry_id }) => entry_id))
    expect(released.sort()).toEqual(after.sort())
    expect(await blockers()).toEqual([])
  })

  it('a release that waits for somebody who changes the row leaves it alone, and its mark', async () => {
    const [one, two] = [await move('one'), await move('two')]
    await claimAll([one, two])
    await endWell(one)
    const client = await db.pool.connect()
    await client.query('begin')
    await client.query('update readback.delivery set fence = fence + 1 where entry_id = $1', [two])
    const releasing = keysReleased()
    await waitFor('the release to wait', () => waitsForLock(db), { withinMs: 5_000 })
    await client.query('commit')
    client.release()
    expect(await releasing).toEqual([])
    expect(await keysReleased()).toEqual(['two'])
  })

  it('a claim of a settled entry leaves no mark behind for long', async () => {
    const [one, two] = [await move('one'), await move('two')]
    await claimAll([one, two])
    await cancelEntry(operator, command({ entryId: two }))
    expect(await claim(two, randomUUID())).toEqual([])
    await markEnded(db, { after: null, pageRows: 100 })
    await release()
    expect([await blockers(), await liveRow(two)]).toEqual([[], undefined])
  })
})
