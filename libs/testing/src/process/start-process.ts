/**
 * A process of the built product, for tests that kill it:
 *
 *     const worker = await startProcess({ command: 'readback', args: ['worker'], readyWhen: /ready/ })
 *     await worker.kill9()
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { endChild, hasExited, whenParentEnds } from './child-process.ts'

export interface ProcessOptions {
  command: string
  args?: readonly string[]
  /** The whole environment. Default: ours. */
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** A file that its output is added to, and not kept in our memory: for those that say much. */
  outputTo?: string
  /** What its output has to say, or what has to be true. An error thrown means "not yet". Default: it is started. */
  readyWhen?: RegExp | (() => unknown)
  /** Default 30,000. */
  readyWithinMs?: number
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** Ends with this process, however this process ends. */
export interface RunningProcess {
  readonly pid: number
  /** All of it until now; with `outputTo`, what is in the file. */
  stdout(): string
  stderr(): string
  exited: Promise<Exit>
  kill9(): Promise<Exit>
  /** SIGTERM, and after `patienceMs` (default 10,000) SIGKILL. */
  stop(patienceMs?: number): Promise<Exit>
}

const POLL_MS = 20

/** Resolves when it is ready; throws, with the end of what it said, if it exits before or takes too long. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const child = spawnWith(options)
  const exited = exitOf(child)
  const started = runningProcess(child, exited, options.outputTo)
  await Promise.race([once(child, 'spawn'), exited])
  whenParentEnds(child, 'kill -9 "$1"')
  await untilReady(child, started, options)
  return started
}

function spawnWith({ command, args = [], cwd, env = process.env, outputTo }: ProcessOptions): ChildProcess {
  const output = outputTo === undefined ? 'pipe' : openSync(outputTo, 'a')
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output] })
  if (output !== 'pipe') closeSync(output)
  return child
}

function exitOf(child: ChildProcess): Promise<Exit> {
  const exited: Promise<Exit> = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  // A command that cannot be started is reported to whoever waits for it, and only to them.
  exited.catch(() => {})
  return exited
}

function runningProcess(child: ChildProcess, exited: Promise<Exit>, outputTo?: string): RunningProcess {
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  const end = async (signal: NodeJS.Signals, patienceMs?: number) => {
    await endChild(child, signal, patienceMs)
    return exited
  }
  return {
    pid: child.pid ?? 0,
    stdout: () => (outputTo === undefined ? said.stdout : readFileSync(outputTo, 'utf8')),
    stderr: () => said.stderr,
    exited,
    kill9: () => end('SIGKILL'),
    stop: (patienceMs) => end('SIGTERM', patienceMs),
  }
}

async function untilReady(child: ChildProcess, started: RunningProcess, options: ProcessOptions): Promise<void> {
  const { readyWhen, readyWithinMs = 30_000 } = options
  const deadlineMs = performance.now() + readyWithinMs
  while (readyWhen && !(await isReady(started, readyWhen))) {
    if (hasExited(child)) throw notReady('exited before it was ready', started, options)
    if (performance.now() > deadlineMs) {
      await started.kill9()
      throw notReady(`was not ready within ${readyWithinMs} ms`, started, options)
    }
    await sleep(POLL_MS)
  }
}

async function isReady(started: RunningProcess, readyWhen: RegExp | (() => unknown)): Promise<boolean> {
  if (readyWhen instanceof RegExp) return readyWhen.test(started.stdout()) || readyWhen.test(started.stderr())
  try {
    return Boolean(await readyWhen())
  } catch {
    return false
  }
}

function notReady(what: string, started: RunningProcess, { command, args = [] }: ProcessOptions): Error {
  const said = (started.stdout() + started.stderr()).trim().split('\n').slice(-15).join('\n')
  return new Error(`"${[command, ...args].join(' ')}" ${what}. The end of what it said:\n${said}`)
}
