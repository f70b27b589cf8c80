import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endChild, hasExited, run, whenParentEnds } from '../process/child-process.ts'
import { type DataDir, type Installation, SERVER_ENV } from './data-dir.ts'

const START_TIMEOUT_MS = 60_000
const POLL_MS = 20

export interface Launch extends DataDir {
  installation: Installation
  port: number
  flags: readonly string[]
  persistent: boolean
}

type Start = { is: 'ready'; server: ChildProcess } | { is: 'failed'; log: string }

/** Starts the server on its data and resolves when it takes connections. */
export async function launch(place: Launch): Promise<ChildProcess> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS
  await clearStaleLock(place.data, deadlineMs)
  for (;;) {
    const start = await tryStart(place, deadlineMs)
    if (start.is === 'ready') return start.server
    // After kill -9 of the postmaster its children need a moment to notice, and hold the shared memory until then.
    if (!start.log.includes('pre-existing shared memory block') || Date.now() > deadlineMs) {
      throw new Error(`PostgreSQL did not start in ${place.data}: ${lastComplaint(start.log)}`)
    }
    await sleep(POLL_MS)
  }
}

async function tryStart(place: Launch, deadlineMs: number): Promise<Start> {
  const log = await open(join(place.home, 'postgres.log'), 'a+')
  try {
    const { size: logStart } = await log.stat()
    const server = spawnServer(place, log)
    await once(server, 'spawn')
    tieToParent(server, place)
    while (!(await isReady(place.data, server))) {
      if (hasExited(server)) return { is: 'failed', log: await readFrom(log, logStart) }
      if (Date.now() > deadlineMs) {
        await endChild(server, 'SIGQUIT')
        return { is: 'failed', log: `not ready after ${START_TIMEOUT_MS / 1000} s` }
      }
      await sleep(POLL_MS)
    }
    return { is: 'ready', server }
  } finally {
    await log.close()
  }
}

function spawnServer({ installation, data, port, flags }: Launch, log: FileHandle): ChildProcess {
  const server = spawn(join(installation.binDir, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
    ...installation.user,
    cwd: data,
    env: SERVER_ENV,
    // A session of its own: Ctrl-C reaches us, and we stop the server.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  server.unref()
  return server
}

const WAIT_UNTIL_GONE = 'n=0; while kill -0 "$1" 2>/dev/null && [ $n -lt 100 ]; do n=$((n+1)); sleep 0.1; done'

function tieToParent(server: ChildProcess, { home, data, persistent }: Launch): void {
  if (persistent) whenParentEnds(server, 'kill -INT "$1"')
  else whenParentEnds(server, `kill -QUIT "$1"; ${WAIT_UNTIL_GONE}; rm -rf -- "$2" "$3"`, [data, home])
}

/** The server writes its state into the eighth line of its lock file, for pg_ctl. */
async function isReady(data: string, server: ChildProcess): Promise<boolean> {
  const lock = await readLock(data)
  return Number(lock[0]) === server.pid && lock[7]?.trim() === 'ready'
}

const readLock = async (data: string): Promise<string[]> =>
  (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')

/**
 * A lock left by a server that was killed names a pid that may since belong to anybody; PostgreSQL then refuses to
 * start. A server that really runs is waited for, because the one whose parent just died is about to stop.
 */
async function clearStaleLock(data: string, deadlineMs: number): Promise<void> {
  const pid = Number((await readLock(data))[0])
  if (!pid) return
  for (;;) {
    const command = await run('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
    if (!command.stdout.trim()) return
    if (!command.stdout.includes('postgres')) return rm(join(data, 'postmaster.pid'), { force: true })
    if (Date.now() > deadlineMs - START_TIMEOUT_MS + 10_000) {
      throw new Error(`The database in ${data} is in use by the PostgreSQL server with process id ${pid}.`)
    }
    await sleep(POLL_MS * 5)
  }
}

async function readFrom(log: FileHandle, start: number): Promise<string> {
  const { size } = await log.stat()
  const { buffer } = await log.read(Buffer.alloc(size - start), 0, size - start, start)
  return buffer.toString()
}

function lastComplaint(log: string): string {
  const lines = log.trim().split('\n')
  return lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? 'it said nothing'
}
