import { type LedgerEntry, type SpawnedLossyProvider, spawnLossyProvider, waitFor } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TIMES } from '../world/provider-class.ts'
import { openWorld, type World } from '../world/world.ts'

/** Each effect has a collection at the provider, so that its ledger tells in which order they happened. */
const ROLLBACKS = {
  'order.place': undoneBy('order.cancel', '{ order: "${external_id}" }'),
  'order.cancel': '{ strategy: manual_only }',
  'card.charge': undoneBy('card.refund', '{ charge: "${keep.charge}", amount: "${payload./amount}" }'),
  'card.refund': '{ strategy: none }',
  'invoice.issue': undoneBy('invoice.void', '{ invoice: "${external_id}" }'),
  'invoice.void': '{ strategy: none }',
  'parcel.send': '{ strategy: manual_only }',
}
type Effect = keyof typeof ROLLBACKS

function undoneBy(effect: string, payload: string): string {
  return `{ strategy: compensate, effect: ${effect}, payload: ${payload} }`
}

const contractOf = (url: string) => (effect: string, rollback: string) =>
  `
effect: ${effect}
version: 1
payload: { type: object }
call:
  method: POST
  url: ${url}/v1/${effect}
  body: { json: { sent: "\${payload}", metadata: { key: "\${key}" } } }
  timeout: ${TIMES.callTimeoutMs}ms
  external_id: /id
provider: { key: { in: header, at: Idempotency-Key, lifetime: 30d }, repeat: same_answer, max_execution_delay: 500ms }
verify:
  keep: { charge: /id }
  by_key:
    read: { url: "${url}/v1/${effect}?key=\${key}", timeout: ${TIMES.callTimeoutMs}ms }
    items: /data
    where: { /metadata/key: "\${key}" }
  present: { match: { /sent: "\${payload}" } }
  canary: { url: ${url}/v1/account, timeout: ${TIMES.callTimeoutMs}ms }
  settle: { first: 0s, every: 100ms, for: 200ms }
retry: { max_attempts: 3, backoff: { first: 50ms, cap: 300ms }, deadline: 1h }
on_unknown: reconcile
rollback: ${rollback}
`

const SOON = { withinMs: 90_000, everyMs: 50 }

type WorkflowStatus = {
  status: string
  counts: Record<string, number>
  entries: { effect_name: string; state: string; external_id: string | null; held_by: object[] }[]
  held: { effect_name: string; held_by: object[] }[]
}

describe('a workflow', () => {
  let provider: SpawnedLossyProvider
  let world: World

  beforeAll(async () => {
    const lost = { 'undo/card.charge/undone': ['reply-lost' as const] }
    const refused = { stopped: ['none' as const, 'refused-400' as const] }
    provider = await spawnLossyProvider({ plan: { writes: { byKey: { ...lost, ...refused } } } })
    world = await openWorld({
      contracts: Object.entries(ROLLBACKS).map(([effect, text]) => contractOf(provider.url)(effect, text)),
    })
    await world.startUsual()
  }, 180_000)
  afterAll(async () => {
    await world.close()
    await provider.stop()
  })

  /** Commits a chain: each of them waits for the one before. All have the name of the workflow as their key. */
  async function begin(workflow: string, ...effects: Effect[]): Promise<void> {
    const intents = effects.map((effect, index) => ({
      tenant: 'acme',
      effect,
      key: workflow,
      workflow,
      payload: { amount: 100 + index },
      after: effects.slice(Math.max(index - 1, 0), index).map((before) => ({ effect: before, key: workflow })),
    }))
    await world.pool.query('select * from readback.enqueue_batch($1)', [JSON.stringify(intents)])
  }

  const onCommandLine = async (workflow: string) =>
    (await world.run('status', '--workflow', workflow, '--tenant', 'acme', '--json')).json() as WorkflowStatus

  const inSql = async (workflow: string): Promise<WorkflowStatus> =>
    (await world.pool.query(`select readback.workflow_status('acme', $1) as status`, [workflow])).rows[0].status

  const hasBecome = (workflow: string, status: string) =>
    waitFor(`${workflow} to be ${status}`, async () => (await inSql(workflow)).status === status, SOON)

  const compensate = (workflow: string, ...args: string[]) =>
    world.run('compensate', '--workflow', workflow, '--tenant', 'acme', '--yes', '--json', ...args)

  const writesOf = async (workflow: string): Promise<LedgerEntry[]> =>
    (await provider.ledger()).filter(
      ({ direction, key }) => direction === 'writes' && key?.split('/').at(-1) === workflow,
    )

  /** What really happened, in order. */
  const happened = async (workflow: string) =>
    (await writesOf(workflow))
      .filter(({ applied }) => applied > 0)
      .map(({ collection, applied }) => [collection, applied])

  it('happens in its order, and is undone in reverse, each once, whoever asks how often and whatever reply is lost', async () => {
    await begin('undone', 'order.place', 'card.charge', 'invoice.issue')
    await hasBecome('undone', 'done')
    const made = [
      ['order.place', 1],
      ['card.charge', 1],
      ['invoice.issue', 1],
    ]
    expect(await happened('undone')).toEqual(made)

    const both = await Promise.all(['left', 'left again'].map((reason) => compensate('undone', '--reason', reason)))
    // Who comes second finds it planned by another, or done.
    expect(both.map(({ exitCode }) => exitCode).filter((code) => code !== 0 && code !== 4)).toEqual([])
    await hasBecome('undone', 'cancelled')
    expect(await compensate('undone', '--reason', 'to be sure')).toMatchObject({ exitCode: 0 })

    expect(await happened('undone')).toEqual([...made, ['invoice.void', 1], ['card.refund', 1], ['order.cancel', 1]])
    expect((await writesOf('undone')).map(({ fault }) => fault)).toContain('reply-lost')
    expect(await inSql('undone')).toMatchObject({ counts: { total: 6, done: 6, undone: 3 }, held: [] })
    const [refund] = await provider.effects('card.refund')
    const [charge] = await provider.effects('card.charge')
    expect(refund?.body['sent']).toEqual({ charge: charge?.id, amount: 101 })
  }, 180_000)

  it('stops where one of its entries dies: what follows is held and never called, and says by what', async () => {
    await begin('stopped', 'order.place', 'card.charge', 'invoice.issue')
    await hasBecome('stopped', 'needs_attention')
    const { entries, held } = await onCommandLine('stopped')
    expect(entries.map(({ effect_name, state }) => [effect_name, state])).toEqual([
      ['order.place', 'done'],
      ['card.charge', 'dead'],
      ['invoice.issue', 'held'],
    ])
    expect(held).toMatchObject([
      { effect_name: 'invoice.issue', held_by: [{ effect_name: 'card.charge', cause: 'http_400' }] },
    ])
    expect((await writesOf('stopped')).map(({ collection }) => collection)).toEqual(['order.place', 'card.charge'])

    const undo = ['--reason', 'card refused'] as const
    expect(await compensate('stopped', ...undo)).toMatchObject({ exitCode: 1 })
    // The dead one is for a person.
    expect(await compensate('stopped', '--also-cancel', ...undo)).toMatchObject({ exitCode: 5 })
    await waitFor('the order to be undone', async () => (await happened('stopped')).length === 2, SOON)
    expect(await happened('stopped')).toEqual([
      ['order.place', 1],
      ['order.cancel', 1],
    ])
  }, 180_000)

  it('is undone around what only a person can undo, which is said', async () => {
    await begin('by-hand', 'order.place', 'parcel.send', 'invoice.issue')
    await hasBecome('by-hand', 'done')
    const { exitCode, json } = await compensate('by-hand', '--reason', 'left')
    expect(exitCode).toBe(5)
    expect(json()).toMatchObject({
      effect: 'created',
      data: { undo: 2, by_hand: 1, entries: [{}, { effect_name: 'parcel.send', why: 'rollback_manual_only' }, {}] },
    })
    await hasBecome('by-hand', 'cancelled')
    expect((await happened('by-hand')).slice(3)).toEqual([
      ['invoice.void', 1],
      ['order.cancel', 1],
    ])
  }, 180_000)
})
