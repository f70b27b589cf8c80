import { describe, expect, it } from 'vitest'
import { blockedList } from '../ask/blocked-list.ts'
import { effectStatus } from '../ask/effect-status.ts'
import { explainEntry } from '../ask/explain-entry.ts'
import { lag } from '../ask/lag.ts'
import { listAudit } from '../ask/list-audit.ts'
import { listEntries } from '../ask/list-entries.ts'
import { releaseHeld } from '../relay/release-held.ts'
import {
  called,
  claim,
  claimAll,
  command,
  commit,
  commitAfter,
  db,
  done,
  endWell,
  finish,
  HOUR_MS,
  liveRow,
  move,
  named,
  operator,
  useEntries,
} from '../testing/entry-fixture.ts'
import { cancelEntry } from './cancel-entry.ts'
import { parkEntry } from './park-entry.ts'
import { releaseEntry } from './release-entry.ts'
import { skipInOrder } from './skip-in-order.ts'

useEntries()

const keysReleased = async () => {
  const { released } = await releaseHeld(db, { shards: [0, 1, 2, 3, 4, 5, 6, 7], limit: 100 })
  return released.map(({ key }) => key)
}
const keysClaimed = async (...ids: string[]) => (await claimAll(ids)).map(({ key }) => key)
const statusOf = (key: string, effect = 'account.move') => effectStatus(operator, named(key, effect))
const held = async (entryId: string) => {
  const { state, reason } = (await liveRow(entryId)) ?? {}
  return `${state} ${reason}`
}
const dies = (entryId: string) => called(entryId, 'side_effect_unknown', { to: 'dead', cause: 'mismatch' })
const skip = (entryId: string) => skipInOrder(operator, command({ entryId }))
const park = (entryId: string) => parkEntry(operator, command({ entryId }))
const release = (entryId: string) => releaseEntry(operator, command({ entryId }))

/** `count` moves of one account, all of them offered to a worker: the first is called, the others are held. */
async function moves(...keys: string[]): Promise<string[]> {
  const ids = []
  for (const key of keys) ids.push(await move(key))
  expect(await keysClaimed(...ids)).toEqual(keys.slice(0, 1))
  return ids
}

describe('whoever asks', () => {
  it('is told which entries of its key one waits for, and that those go on by themselves', async () => {
    const [one, two] = await moves('one', 'two', 'three')
    expect(await statusOf('three')).toMatchObject({
      status: 'in_progress',
      state: 'held',
      cause: 'order',
      next: { what: 'order', due_at: null },
      held_by: [
        { tenant: 'acme', effect_name: 'account.move', key: 'one', entry_id: one, state: 'calling', cause: null },
        { key: 'two', entry_id: two, state: 'held', cause: 'order' },
      ],
    })
    expect(await statusOf('one')).toMatchObject({ held_by: null })
  })

  it('is told that a person is needed when the first of a key is dead, by whatever they ask', async () => {
    const ids = [await move('one'), await move('two'), await move('three')]
    await dies(ids[0] ?? '')
    await claimAll(ids)
    expect(await statusOf('three')).toMatchObject({
      status: 'needs_attention',
      held_by: [{ state: 'dead', cause: 'mismatch' }, {}],
    })
    const { entries } = await listEntries(operator, { state: 'held' })
    expect(entries.map(({ status }) => status)).toEqual(['needs_attention', 'needs_attention'])
    expect((await explainEntry(operator, ids[2] ?? ''))?.explanation).toContain('earlier entries of its ordering key')
    expect((await lag(operator)).stages).toContainEqual(expect.objectContaining({ stage: 'held', count: 2 }))
  })

  it('is told of ten that hold it, however many do', async () => {
    await moves(...Array.from({ length: 14 }, (_, n) => `m${n}`))
    expect((await statusOf('m13')).held_by?.map(({ key }) => key)).toEqual(
      Array.from({ length: 10 }, (_, n) => `m${n}`),
    )
  })

  it.each<[string, string, (entryId: string) => Promise<unknown>]>([
    ['is under way', 'in_progress', (entryId) => claim(entryId)],
    ['was cancelled', 'needs_attention', (entryId) => cancelEntry(operator, command({ entryId }))],
    ['is dead', 'needs_attention', dies],
    ['is parked', 'needs_attention', park],
    ['is not claimed yet', 'in_progress', async () => {}],
  ])('is told what is the matter, also at the end of a chain, when what comes first %s', async (_, status, happens) => {
    const one = await commit('one')
    await claimAll([await commitAfter('two', 'one'), await commitAfter('three', 'two')])
    await happens(one)
    expect(await statusOf('two', 'invoice.issue')).toMatchObject({ status, cause: 'after', held_by: [{ key: 'one' }] })
    expect(await statusOf('three', 'invoice.issue')).toMatchObject({
      status,
      next: { what: 'after' },
      held_by: [{ key: 'two' }],
    })
  })

  it('sees what is blocked, what needs a person first', async () => {
    const [one] = await moves('one', 'two', 'three')
    const other = await move('other', 'acc-2')
    await dies(other)
    await claim(await move('behind', 'acc-2'))
    const waits = await commit('first').then(() => commitAfter('waits', 'first'))
    await claim(waits)
    const parked = await commit('aside')
    await park(parked)
    const rows = await blockedList(operator)
    expect(rows.map((row) => [row.blocked_by, row.entry_id, row.status, row.waiting])).toEqual([
      ['order', other, 'needs_attention', 1],
      ['parked', parked, 'needs_attention', 0],
      ['order', one, 'in_progress', 2],
      ['after', waits, 'in_progress', 0],
    ])
    expect(await blockedList(operator, { tenant: 'nobody' })).toEqual([])
    expect(await blockedList(operator, { effect: 'account.move' }, 1)).toMatchObject([{ entry_id: other }])
  })
})

describe('a skip', () => {
  it('lets the later ones pass a dead one, which stays as it is', async () => {
    const one = await move('one')
    await dies(one)
    const [two, three] = [await move('two'), await move('three')]
    await claimAll([two, three])
    expect(await skip(one)).toMatchObject({ ok: true, effect: 'updated', data: { waiting: 2 } })
    expect(await keysReleased()).toEqual(['two'])
    expect(await held(one)).toBe('dead null')
    expect(await held(three)).toBe('held order')
    expect(await listAudit(operator, {})).toContainEqual(
      expect.objectContaining({ action: 'skip', reason: 'provider is back' }),
    )
  })

  it('of a pending one lets it be called in its own time', async () => {
    const [one, two] = [await move('one'), await move('two')]
    await claim(two)
    await skip(one)
    expect([await keysReleased(), await keysClaimed(one)]).toEqual([['two'], ['one']])
  })

  it.each<[string, string, () => Promise<string>]>([
    ['has no order', 'not_in_order', () => commit('loose')],
    ['has ended', 'not_in_order', async () => finish(await move('one'))],
    ['does not exist', 'not_found', async () => '00000000-0000-0000-0000-000000000000'],
  ])('refuses what %s', async (_, reason, made) => {
    expect(await skip(await made())).toMatchObject({ ok: false, reason })
  })

  it('that is only tried changes nothing', async () => {
    const [one, two] = await moves('one', 'two')
    expect(await skipInOrder(operator, command({ entryId: one ?? '', dryRun: true }))).toMatchObject({
      effect: 'updated',
    })
    expect([await keysReleased(), await held(two ?? '')]).toEqual([[], 'held order'])
  })
})

describe('what is parked', () => {
  it.each<[string, () => Promise<string>]>([
    ['pending', () => commit('a')],
    [
      'scheduled',
      async () => {
        const entryId = await commit('a')
        await called(entryId, 'retryable_failure', { to: 'scheduled', reason: 'backoff', dueInMs: 0 })
        return entryId
      },
    ],
    [
      'held',
      async () => {
        await commit('first')
        const entryId = await commitAfter('a', 'first')
        await claim(entryId)
        return entryId
      },
    ],
  ])('was %s, and is not called until it is released', async (_, made) => {
    const entryId = await made()
    expect(await park(entryId)).toMatchObject({ ok: true, data: { state: 'held' } })
    expect([await held(entryId), await keysClaimed(entryId)]).toEqual(['held parked', []])
    expect(await statusOf('a', 'invoice.issue')).toMatchObject({
      status: 'needs_attention',
      cause: 'parked',
      next: { what: 'person' },
    })
    expect(await park(entryId)).toMatchObject({ effect: 'noop' })
  })

  it('was never one that may have happened', async () => {
    const [calling, unknown, settled] = [await commit('a'), await commit('b'), await done('c')]
    await claim(calling)
    await called(unknown, 'side_effect_unknown', { to: 'unknown', dueInMs: 0 })
    for (const entryId of [calling, unknown, settled])
      expect(await park(entryId)).toMatchObject({ ok: false, reason: 'not_parkable' })
  })

  it('lets the later ones of its key pass, and goes back to its place while those have not begun', async () => {
    const [one, two, three] = await moves('one', 'two', 'three')
    await park(two ?? '')
    expect([await keysReleased(), await held(three ?? '')]).toEqual([[], 'held order'])
    expect(await release(two ?? '')).toMatchObject({ data: { state: 'held', reason: 'order' } })
    await endWell(one ?? '')
    expect(await keysReleased()).toEqual(['two'])
    expect(await held(three ?? '')).toBe('held order')
    expect(await keysClaimed(two ?? '')).toEqual(['two'])
    await endWell(two ?? '')
    expect(await keysReleased()).toEqual(['three'])
  })

  it('goes before a later one that was let go and not called yet', async () => {
    const [one, two] = [await move('one'), await move('two')]
    await claim(two)
    await park(one)
    expect(await keysReleased()).toEqual(['two'])
    expect(await release(one)).toMatchObject({ data: { state: 'scheduled', reason: 'released' } })
    expect(await keysClaimed(two, one)).toEqual(['one'])
    expect(await held(two)).toBe('held order')
    await endWell(one)
    expect(await keysReleased()).toEqual(['two'])
  })

  it('goes before a later one that nobody has claimed', async () => {
    const [one, two] = [await move('one'), await move('two')]
    await park(one)
    await release(one)
    expect(await keysClaimed(two, one)).toEqual(['one'])
  })

  it('waits for a later one that has begun, and those behind wait for it', async () => {
    const [one, two, three] = [await move('one'), await move('two'), await move('three')]
    await park(one)
    expect(await keysClaimed(two, three)).toEqual(['two'])
    expect(await release(one)).toMatchObject({ data: { state: 'held', reason: 'order' } })
    expect(await statusOf('one')).toMatchObject({ held_by: [{ key: 'two' }] })
    await endWell(two)
    expect(await keysReleased()).toEqual(['one'])
    expect(await held(three)).toBe('held order')
    await finish(one)
    expect(await keysReleased()).toEqual(['three'])
  })

  it('is held again by what must be done first, and keeps its time', async () => {
    await commit('first')
    const waits = await commitAfter('waits', 'first')
    await park(waits)
    expect(await release(waits)).toMatchObject({ data: { reason: 'after' } })
    const later = await move('later', 'acc-9', { notBefore: new Date(Date.now() + HOUR_MS).toISOString() })
    await park(later)
    expect(await release(later)).toMatchObject({ data: { state: 'scheduled', reason: 'not_before' } })
  })

  it('can be cancelled', async () => {
    const [one, two] = [await move('one'), await move('two')]
    await claim(two)
    await park(one)
    await cancelEntry(operator, command({ entryId: one }))
    expect(await statusOf('one')).toMatchObject({ status: 'cancelled' })
    expect(await keysReleased()).toEqual(['two'])
  })
})

describe('a release of what comes after others', () => {
  it('lets it go though what comes first ended otherwise, in the order of its key all the same', async () => {
    const first = await commit('first')
    const [one, two] = [await move('one'), await move('two', 'acc-1', { after: ['first'] })]
    await claimAll([one, two])
    await cancelEntry(operator, command({ entryId: first }))
    expect(await keysReleased()).toEqual([])
    expect(await release(two)).toMatchObject({ data: { state: 'held', reason: 'order' } })
    await endWell(one)
    expect(await keysReleased()).toEqual(['two'])
    expect(await keysClaimed(two)).toEqual(['two'])
  })

  it.each<[string, string, () => Promise<string>]>([
    [
      'what comes first may still be done',
      'may_still_be_done',
      async () => {
        await commit('first')
        const entryId = await commitAfter('a', 'first')
        await claim(entryId)
        return entryId
      },
    ],
    ['it waits for its turn', 'not_held', async () => (await moves('one', 'two'))[1] ?? ''],
    ['it is not held', 'not_held', () => commit('a')],
    ['it does not exist', 'not_found', async () => '00000000-0000-0000-0000-000000000000'],
  ])('is refused when %s', async (_, reason, made) => {
    expect(await release(await made())).toMatchObject({ ok: false, reason })
  })
})
