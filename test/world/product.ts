/** The built product, as processes and as a command. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { freePort, type RunningProcess, startProcess } from '@readback/testing'

export type Role = 'all' | 'relay' | 'worker' | 'verifier'

export type RoleProcess = RunningProcess & { role: Role; port: number; readyz(): Promise<boolean> }

export type CommandResult = { exitCode: number; stdout: string; stderr: string; json(): unknown }

const PROGRAM = fileURLToPath(new URL('../../services/cli/bin/readback.js', import.meta.url))
const COMMAND_TIMEOUT_MS = 60_000
// A group of consumers waits for those that were killed before it shares the work out again.
const READY_WITHIN_MS = 90_000

export type Environment = Record<string, string>

/** Nothing of the environment of the tests may reach the product but what finds programs. */
const withOwn = (environment: Environment): Environment => ({ PATH: process.env['PATH'] ?? '', ...environment })

/** Resolves when the process says that it is ready, which includes its share of the work. */
export async function startRole(role: Role, environment: Environment, outputTo?: string): Promise<RoleProcess> {
  const port = await freePort()
  const readyz = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok
  const running = await startProcess({
    command: process.execPath,
    args: [PROGRAM, role],
    env: withOwn({ PORT: String(port), ...environment }),
    readyWhen: readyz,
    readyWithinMs: READY_WITHIN_MS,
    ...(outputTo && { outputTo }),
  })
  return { ...running, role, port, readyz }
}

export function runCommand(args: readonly string[], environment: Environment): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { env: withOwn(environment), timeout: COMMAND_TIMEOUT_MS }
    const child = execFile(process.execPath, [PROGRAM, ...args], options, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr, json: () => JSON.parse(stdout) }),
    )
  })
}
