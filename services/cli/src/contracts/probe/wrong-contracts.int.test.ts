import { type FaultPlan, type LossyProvider, lessonCollections, startLossyProvider } from '@readback/testing'
import { describe, expect, it } from 'vitest'
import { contractTool } from '../../testing/contract-tool.ts'
import { LESSON_SECRETS, lessonContract } from '../../testing/lesson-contract.ts'
import { WRONG_CONTRACTS, type WrongContract } from '../../testing/wrong-contracts.ts'
import type { Finding } from './finding.ts'

const EXIT_BROKEN = 3
const PATIENCE = { timeout: 120_000 }

const ENVIRONMENT = { READBACK_EGRESS_ALLOW: '127.0.0.1/32', ...LESSON_SECRETS }

async function probe(row: WrongContract, settleFor: '2500ms' | '30s', text: (contract: string) => string) {
  const tool = contractTool()
  const provider = await startLossyProvider({
    collections: lessonCollections(),
    mail: true,
    ...(row.plan && { plan: row.plan }),
  })
  try {
    if (row.filled) await fill(provider, row.filled)
    tool.write(text(lessonContract(row.contract, provider, settleFor)))
    const payload = row.payload ? ['--payload', JSON.stringify(row.payload)] : []
    const { exitCode, data, err } = await tool.json(['probe', tool.file, '--yes', ...payload], { env: ENVIRONMENT })
    if (!data?.findings) throw new Error(`${row.contract} was not probed: ${err}`)
    const findings: Finding[] = data.findings
    return { exitCode, broken: findings.filter(({ result }) => result === 'broken') }
  } finally {
    await provider.stop()
    tool.remove()
  }
}

async function fill({ url }: LossyProvider, collection: string): Promise<void> {
  for (const name of ['a', 'b', 'c']) {
    await fetch(`${url}/v1/${collection}`, { method: 'POST', body: JSON.stringify({ name, metadata: { key: name } }) })
  }
}

describe('a contract that claims what its provider does not do', () => {
  it.concurrent.each(WRONG_CONTRACTS)('is caught by probe: $contract, if $says', PATIENCE, async (row) => {
    const [right, wrong] = row.instead
    const { exitCode, broken } = await probe(row, '2500ms', (contract) => {
      expect(contract).toContain(right)
      return contract.replaceAll(right, wrong)
    })
    expect({ exitCode, fields: broken.map(({ field }) => field), broken }).toMatchObject({
      exitCode: EXIT_BROKEN,
      fields: expect.arrayContaining([row.broken]),
    })
  })
})

describe('a contract of the documentation', () => {
  const byContract = new Map(WRONG_CONTRACTS.map((row) => [row.contract, row]))
  const rows = [...byContract.values()].map(({ plan: _plan, filled: _filled, ...row }) => row)

  it.concurrent.each(rows)('has no claim that probe finds broken: $contract', PATIENCE, async (row) => {
    expect(await probe(row, '30s', (contract) => contract)).toEqual({ exitCode: 0, broken: [] })
  })

  it.concurrent('is not blamed for its keys where all that is made takes long to show', PATIENCE, async () => {
    const plan: FaultPlan = { writes: { everyKey: [{ name: 'shown-late', delayMs: 3_500 }] } }
    const [row] = rows.filter(({ contract }) => contract === 'lesson-15-same-bytes.yaml')
    if (row === undefined) throw new Error('there is no such contract')
    expect(await probe({ ...row, plan }, '30s', (contract) => contract)).toEqual({ exitCode: 0, broken: [] })
  })
})
