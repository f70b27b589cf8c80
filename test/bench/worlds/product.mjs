// The built product as a user runs it: processes with an environment and nothing else.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startProcess } from '@readback/testing'

const PROGRAM = fileURLToPath(new URL('../../../services/cli/bin/readback.js', import.meta.url))
// A group of consumers takes some seconds to share its work out.
const READY_WITHIN_MS = 90_000
const NOWHERE = '/dev/null'

export const KAFKA_ROLES = ['relay', 'worker', 'verifier']

/**
 * Resolves when every process has its share of the work, or, without `untilReady`, when they were started.
 * @param {object} setup
 * @param {readonly string[]} setup.roles one process each; `all` needs no brokers
 * @param {string} setup.databaseUrl
 * @param {string} setup.source its name in Kafka, where rounds share a broker
 * @param {string} [setup.brokers]
 * @param {Record<string, string>} [setup.environment] besides
 * @param {boolean} [setup.untilReady]
 * @param {boolean} [setup.keepsLogs] false where what they say would fill a disk; it costs them the same
 */
export async function startProduct(setup) {
  const { roles, databaseUrl, source, brokers, environment, untilReady = true, keepsLogs = true } = setup
  const folder = mkdtempSync(join(tmpdir(), 'readback-bench-'))
  const shared = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: databaseUrl,
    READBACK_CONTRACTS: join(folder, 'effects'),
    READBACK_EGRESS_ALLOW: '127.0.0.1/32',
    READBACK_SOURCE: source,
    ...(brokers && { KAFKA_BROKERS: brokers }),
    ...environment,
  }
  const start = async (role, nth) => {
    const port = await freePort()
    const running = await startProcess({
      command: process.execPath,
      args: [PROGRAM, role],
      env: { ...shared, PORT: String(port) },
      ...(untilReady && { readyWhen: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok }),
      readyWithinMs: READY_WITHIN_MS,
      outputTo: keepsLogs ? join(folder, `${nth}-${role}.log`) : NOWHERE,
    })
    return { role, pid: running.pid, stop: () => running.stop() }
  }
  const processes = await Promise.all(roles.map(start))
  return {
    processes,
    async stop() {
      await Promise.all(processes.map((each) => each.stop()))
      rmSync(folder, { recursive: true })
    },
  }
}
