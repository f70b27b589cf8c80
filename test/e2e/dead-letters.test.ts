import type { Fault } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { intentsFor } from '../world/producer.ts'
import type { ProviderClass } from '../world/provider-class.ts'
import { openWorld, type World } from '../world/world.ts'

const COPIES = 3
const intentsNamed = (name: string, provider: ProviderClass) => intentsFor(provider, name, COPIES)
const faultsFor = (name: string, provider: ProviderClass, faults: Fault[]) =>
  Object.fromEntries(intentsNamed(name, provider).map(({ key }) => [key, faults]))

// More than anybody looks before a person is needed.
const BLIND: Fault[] = Array.from({ length: 100 }, () => 'not-shown')
const REASON = 'the provider is whole again'

describe('dead letters, once the provider is whole again', () => {
  let world: World
  let callsBefore: Map<string, number>

  const callsByKey = async () => new Map((await world.stories()).map(({ key, calls }) => [key, calls.length]))
  const replay = async (...args: string[]) => {
    const result = await world.run('dead', 'replay', '--filter', 'all', '--reason', REASON, '--json', ...args)
    return { exitCode: result.exitCode, ...(result.json() as { effect: string; data: Record<string, unknown> }) }
  }
  const endsOf = async (name: string, provider: ProviderClass) => {
    const stories = new Map((await world.stories()).map((story) => [story.key, story]))
    return intentsNamed(name, provider).map(({ key }) => {
      const { entry, calls = [], effects = [] } = stories.get(key) ?? {}
      return [entry?.cause ?? entry?.state, calls.length - (callsBefore.get(key) ?? 0), effects.length]
    })
  }
  const threeTimes = <T>(one: T) => Array.from({ length: COPIES }, () => one)

  beforeAll(async () => {
    world = await openWorld({
      providers: {
        keyed: {
          terms: { maxAttempts: 1 },
          plan: {
            writes: { byKey: faultsFor('never-happened', 'keyed', ['dropped']) },
            looks: { byKey: faultsFor('landed', 'keyed', BLIND) },
          },
        },
        readable: { terms: { onUnknown: 'human' }, plan: 'first-reply-lost' },
        opaque: { plan: 'first-reply-lost' },
      },
    })
    await world.startUsual()
    await world.producer.commit([
      ...intentsNamed('landed', 'keyed'),
      ...intentsNamed('never-happened', 'keyed'),
      ...intentsNamed('for-a-person', 'readable'),
      ...intentsNamed('nobody-can-look', 'opaque'),
    ])
    await world.settled()
    callsBefore = await callsByKey()
    await world.provider('keyed').plan('clean')
  }, 180_000)
  afterAll(() => world.close())

  it('are listed by their cause', async () => {
    const { stdout } = await world.run('dead', 'groups', '--jsonl')
    const groups = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(groups.map(({ effect_name, cause, count }) => [effect_name, cause, count])).toEqual(
      expect.arrayContaining([
        ['invoice.issue', 'attempts_exhausted', 2 * COPIES],
        ['ticket.open', 'unknown_outcome', COPIES],
        ['mail.send', 'unknown_outcome', COPIES],
      ]),
    )
  })

  it('are only planned in a dry run', async () => {
    const planned = await replay('--dry-run')
    expect(planned).toMatchObject({ effect: 'would_update', data: { look: 3 * COPIES, needs_person: COPIES } })
    expect((await world.run('lag', '--json')).json()).toMatchObject({ dead: 4 * COPIES })
  })

  it('are read back first, and called only where nothing is there', async () => {
    const done = await replay('--yes', '--idempotency-key', 'monday')
    // Some of it was left for a person: 5.
    expect(done).toMatchObject({ exitCode: 5, effect: 'updated' })
    await world.settled()
    expect(await endsOf('landed', 'keyed')).toEqual(threeTimes(['done', 0, 1]))
    expect(await endsOf('never-happened', 'keyed')).toEqual(threeTimes(['done', 1, 1]))
    expect(await endsOf('for-a-person', 'readable')).toEqual(threeTimes(['done', 0, 1]))
    expect(await endsOf('nobody-can-look', 'opaque')).toEqual(threeTimes(['unknown_outcome', 0, 1]))
    await world.check({ effects: 4 * COPIES, faults: 4 * COPIES })
  })

  it('are not replayed again under the same idempotency key', async () => {
    const before = await callsByKey()
    expect(await replay('--yes', '--idempotency-key', 'monday')).toMatchObject({ exitCode: 0, effect: 'noop' })
    expect(await callsByKey()).toEqual(before)
  })

  it('leave a record of who replayed them, and why', async () => {
    const { stdout } = await world.run('audit', 'list', '--jsonl')
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events).toEqual([expect.objectContaining({ action: 'replay', reason: REASON, actor: expect.any(String) })])
    expect(await world.run('audit', 'verify', '--json')).toMatchObject({ exitCode: 0 })
  })
})
