import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Contract, formatProblem } from '@readback/contract'
import { ConfigError, runLoop } from '@readback/service-kit'
import { type Database, StoreError } from '@readback/store'
import type { Observe } from '@readback/telemetry'
import { errorsOf, readContractFiles } from '../contract-files.ts'
import { deployContracts } from '../deploy-contracts.ts'

export type Place = {
  db: Database
  folder: string
  /** A call of a contract must fit into it. */
  leaseMs: number
  observe: Observe
}

const WATCH_MS = 500

/** Contracts come with the program that can read them. Throws when one is wrong: better no start than half of them. */
export async function readAtStart(folder: string, leaseMs: number): Promise<readonly Contract[]> {
  if (!isThere(folder)) return []
  const read = await readContractFiles([folder], { leaseMs })
  const errors = errorsOf(read)
  if (errors.length > 0) throw new ConfigError(errors.map(formatProblem))
  return read.contracts.map(({ contract }) => contract)
}

export async function deployAtStart(db: Database, contracts: readonly Contract[], observe: Observe): Promise<void> {
  for (const deployed of await deployContracts(db, contracts)) observe({ type: 'contract_deployed', ...deployed })
}

/** Deploys what changes in a folder while somebody works on it. What is wrong is told, and the rest goes on. */
export function watchContracts(place: Place): { stop(): Promise<void> } {
  const { folder, observe } = place
  const stop = new AbortController()
  let seen = ''
  const runOnce = async () => {
    const now = stateOf(folder)
    if (now === seen) return 0
    seen = now
    return deployChanged(place)
  }
  const idleMs = { first: WATCH_MS, max: WATCH_MS }
  const watching = runLoop({ name: 'contracts', runOnce, idleMs, signal: stop.signal, observe })
  return {
    async stop() {
      stop.abort()
      await watching
    },
  }
}

async function deployChanged({ db, folder, leaseMs, observe }: Place): Promise<number> {
  if (!isThere(folder)) return 0
  const read = await readContractFiles([folder], { leaseMs })
  for (const problem of errorsOf(read)) {
    observe({ type: 'contract_refused', file: problem.file, problem: formatProblem(problem) })
  }
  for (const { file, contract } of read.contracts) {
    try {
      for (const deployed of await deployContracts(db, [contract])) observe({ type: 'contract_deployed', ...deployed })
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      observe({ type: 'contract_refused', file, problem: error.message })
    }
  }
  return read.contracts.length
}

const isThere = (folder: string) => statSync(folder, { throwIfNoEntry: false }) !== undefined

/** Changes when a file is added, removed, renamed or saved. */
function stateOf(folder: string): string {
  if (!isThere(folder)) return ''
  return readdirSync(folder)
    .map((name) => [name, statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs].join(' '))
    .join('\n')
}
