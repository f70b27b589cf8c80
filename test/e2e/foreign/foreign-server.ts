/** A server that this project did not write, as a process of its own, with its own way to say what it holds. */
import { fileURLToPath } from 'node:url'
import { freePort, type RunningProcess, startProcess } from '@readback/testing'
import type { Asked, CuttingProxy, CuttingProxyOptions } from './cutting-proxy.ts'

export type Invoice = { customer: string; amount: number; [more: string]: unknown }

export type RunningServer = {
  url: string
  /** Where it is written to, if that is another place than where it is looked at. */
  writesTo?: string
  /** What really is there, by the server's own API and past every proxy. */
  held(): Promise<Invoice[]>
  stop(): Promise<unknown>
}

export type ForeignServer = {
  name: string
  effect: string
  /** In docs/contracts/servers; its host there is `example`. */
  contract: string
  start(): Promise<RunningServer>
  invoice(nth: number): Invoice
  /** The name of the effect that a request makes, or null when it only looks. */
  effectOf(asked: Asked): string | null
  /** What a liar would answer to a write. */
  dropped?: { status: number; body: string }
  secrets?: Record<string, string>
  /** Default: one that stands before `url`, for looks as well. */
  startProxy?(running: RunningServer, options: CuttingProxyOptions): Promise<CuttingProxy>
}

/** Runs a package's own program (its `import.meta.resolve`d address); ready when `url` answers anything at all. */
export async function startProgram(
  program: string,
  run: (port: number) => { args?: readonly string[]; env?: Record<string, string> },
): Promise<{ url: string; process: RunningProcess }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { args = [], env = {} } = run(port)
  const running = await startProcess({
    command: process.execPath,
    args: [fileURLToPath(program), ...args],
    env: { PATH: process.env['PATH'] ?? '', ...env },
    readyWhen: async () => (await fetch(url)).status > 0,
  })
  return { url, process: running }
}

export const plainInvoice = (nth: number): Invoice => ({ customer: `cust ${nth}`, amount: 100 + nth })
