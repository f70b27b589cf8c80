/** What starting a server for a test and ending it again have in common. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { promisify } from 'node:util'

export const hasExited = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** Sends `signal`, after `patienceMs` SIGKILL, and resolves when the child is gone. */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals, patienceMs = 10_000): Promise<void> {
  if (hasExited(child)) return
  child.ref()
  const gone = once(child, 'exit')
  child.kill(signal)
  const tooLate = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  await gone
  clearTimeout(tooLate)
}

/**
 * Runs a shell script when this process ends while `child` still runs, even if this process is killed by SIGKILL:
 * the shell waits on a pipe that only our end closes. In the script `$1` is the child's pid, the rest are `args`.
 */
export function whenParentEnds(child: ChildProcess, script: string, args: readonly string[] = []): void {
  const shell = spawn('sh', ['-c', `read -r _; ${script}`, 'sh', String(child.pid), ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.once('exit', () => shell.kill('SIGKILL'))
  shell.unref()
  // Node hands out a socket and types it as a plain stream.
  if (shell.stdin instanceof Socket) shell.stdin.unref()
}

export interface RunOptions {
  uid?: number
  gid?: number
  env?: NodeJS.ProcessEnv
}

/** Runs a command to its end; an error names the command and carries what it said. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}) {
  try {
    return await promisify(execFile)(command, args, options)
  } catch (cause) {
    throw new Error(`"${command}" failed: ${outputOf(cause)}`, { cause })
  }
}

function outputOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { stderr = '', stdout = '' } = cause as { stderr?: string; stdout?: string }
  // Maven reports its errors on standard output.
  return [stderr.trim() || cause.message, stdout.trim()].filter(Boolean).join('\n')
}
