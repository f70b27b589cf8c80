import { randomUUID } from 'node:crypto'
import {
  accountedTo,
  advanceCursor,
  books,
  bringLookForward,
  callUp,
  captureDifference,
  claimForCall,
  claimForLook,
  closeBooks,
  currentLineage,
  type Database,
  deployContract,
  dropWeek,
  dueEntries,
  effectStatus,
  ensurePartitions,
  expireKeys,
  expireLeases,
  findUnclaimed,
  forgetRepeats,
  freeSlots,
  leadShards,
  leaveProcess,
  missingFromBooks,
  openDatabase,
  postponeClaims,
  reapLostProcesses,
  recordCalls,
  recordLooks,
  registerProcess,
  releaseShards,
  rememberAccounted,
  settle,
  startOf,
  takeTurns,
  touchProcess,
} from '@readback/store'
import { createTestDatabase } from '@readback/testing'
import { beforeAll, describe, expect, it } from 'vitest'

const ROLES = ['producer', 'relay', 'worker', 'verifier', 'reader'] as const

/** The same database with the rights of one role alone. */
const as = {} as Record<(typeof ROLES)[number], Database>

beforeAll(async () => {
  const database = await createTestDatabase()
  const owner = openDatabase({ url: database.url, applicationName: 'roles test' })
  const contract = { effect: 'invoice.issue', version: 1, hash: 'one', document: '{}', keyRetentionMs: 3_600_000 }
  await deployContract(owner, contract)
  await owner.close()
  for (const role of ROLES) {
    const url = new URL(database.url)
    url.searchParams.set('options', `-c role=readback_${role}`)
    as[role] = openDatabase({ url: url.href, applicationName: `roles test, ${role}` })
  }
  return async () => {
    await Promise.all(ROLES.map((role) => as[role].close()))
    await database.drop()
  }
})

async function commit(key: string): Promise<string> {
  const enqueue = "select entry_id from readback.enqueue('acme', 'invoice.issue', $1, '{}')"
  return (await as.producer.pool.query(enqueue, [key])).rows[0].entry_id
}

const owner = randomUUID()
const lease = { owner, leaseMs: 60_000 }
const seen = { cause: 'x', status: 200, externalId: null, evidence: '{}', durationMs: 1 }

const claim = (entryId: string) =>
  claimForCall(
    as.worker,
    { ...lease, entries: [{ entryId, timeoutMs: 1_000, version: 1 }] },
    async (_, claimed) => claimed,
  )

async function accepted(entryId: string): Promise<void> {
  const [claimed] = await claim(entryId)
  const step = { to: 'verifying', dueInMs: 0 } as const
  await recordCalls(as.worker, owner, [
    { ...seen, entryId, fence: claimed?.fence ?? 0, step, outcome: 'success', means: null, seen: false },
  ])
}

describe('each role, with no more rights than its own', () => {
  it('relays', async () => {
    await commit('relayed')
    const shards = [0, 1, 2, 3, 4, 5, 6, 7]
    await registerProcess(as.relay, { id: owner, role: 'relay', host: 'here' })
    expect(await leadShards(as.relay, { relay: owner, leaseMs: 60_000, shared: false, role: 'relay' })).toHaveLength(8)
    const captured = await captureDifference(as.relay, { since: startOf('1:1:'), shards, limit: 10, askWoken: true })
    expect(captured.page?.().rows.map((row) => row.key)).toEqual(['relayed'])
    expect(await advanceCursor(as.relay, { relay: owner, shards, from: '1:1:', to: captured.upTo.snapshot })).toBe(true)
    expect(await dueEntries(as.relay, { shards, limit: 10, handOverMs: 0, recent: [], after: null })).toEqual([])
    const upTo = await accountedTo(as.relay, shards)
    await findUnclaimed(as.relay, { after: upTo, shards, olderThanMs: 0, pageRows: 10, visibleIn: null })
    await rememberAccounted(as.relay, { relay: owner, shards, upTo })
    expect(await currentLineage(as.relay)).toEqual(expect.any(String))
    await ensurePartitions(as.relay)
    await closeBooks(as.relay, { pageRows: 10, againAfterMs: 1_000, openForMs: 1_000 })
    await expireKeys(as.relay, { blocks: 10, keysMax: 10 })
    expect(await dropWeek(as.relay, 3_600_000)).toBeNull()
    expect(await forgetRepeats(as.relay, 3_600_000, 10)).toBe(0)
    expect(await books(as.relay)).toEqual(await books(as.reader))
    expect(await missingFromBooks(as.relay, 10_000)).toBe(0)
    await releaseShards(as.relay, owner)
  })

  it('works', async () => {
    await registerProcess(as.worker, { id: owner, role: 'worker', host: 'here' })
    expect(await touchProcess(as.worker, owner)).toEqual(expect.any(Number))
    const entryId = await commit('worked')
    const [claimed] = await claim(entryId)
    const slots = [{ effect: 'invoice.issue', tenant: 'acme', callsMax: 3, claimed: 1 }]
    expect(await freeSlots(as.worker.pool, slots)).toEqual([{ free: 3, waiting: 0 }])
    await takeTurns(as.worker.pool, [{ scope: 's', subject: 'a', count: 1, spacingMs: 1, aheadMs: 1, lineMaxMs: 0 }])
    await postponeClaims(as.worker.pool, [{ entryId, fence: claimed?.fence ?? 0, ms: 0, reason: 'concurrency' }])
    expect(await callUp(as.worker, [{ effect: 'invoice.issue', tenant: 'acme', slots: 1 }])).toHaveLength(1)
    await accepted(entryId)
    expect((await effectStatus(as.reader, { tenant: 'acme', effect: 'invoice.issue', key: 'worked' })).state).toBe(
      'verifying',
    )
  })

  it('verifies', async () => {
    const entryId = await commit('verified')
    await accepted(entryId)
    const [first] = await claimForLook(as.verifier, { ...lease, entryIds: [entryId] })
    const step = { to: 'verifying', dueInMs: 0 } as const
    await recordLooks(as.verifier, owner, [{ ...seen, entryId, fence: first?.fence ?? 0, step, verdict: 'pending' }])
    const about = { by: 'key', value: 'verified' } as const
    await bringLookForward(as.verifier, { tenant: 'acme', effect: 'invoice.issue', about, everyMs: 0 })
    const [look] = await claimForLook(as.verifier, { ...lease, entryIds: [entryId] })
    const sighting = { verdict: 'present', evidence: '{}', durationMs: 5 }
    const receipt = {
      state: 'done',
      from: 'verifying',
      call: null,
      look: sighting,
      externalId: null,
      contractVersion: 1,
    } as const
    const names = { entryId, fence: look?.fence ?? 0, committedAt: look?.created_at ?? '' }
    expect(await settle(as.verifier, owner, [{ ...names, ...receipt }])).toHaveLength(1)
  })

  it('takes over from the lost', async () => {
    await claim(await commit('lost'))
    await reapLostProcesses(as.relay, -1_000)
    expect(await expireLeases(as.relay, 10)).toEqual({ calls: 1, looks: 0 })
    await leaveProcess(as.verifier, owner)
  })
})
