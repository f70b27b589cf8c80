import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startProcess } from '@readback/testing'

/** Which Redis there is: the one of REDIS_URL, or a program to start; null without either. */
export function findRedis() {
  const url = process.env.REDIS_URL
  if (url) return { url }
  return spawnSync('redis-server', ['--version']).status === 0 ? { program: 'redis-server' } : null
}

/** As BullMQ's page on production has it: an append-only file that is written through each second, and nothing evicted. PostgreSQL's commits wait for theirs. */
const LASTING = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--maxmemory-policy', 'noeviction']

export async function openRedis({ url, program }) {
  if (url) return { url, stop: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), 'readback-redis-'))
  const port = await freePort()
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, ...LASTING]
  const server = await startProcess({ command: program, args, readyWhen: /Ready to accept connections/ })
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
