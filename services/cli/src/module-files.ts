import { readFileSync } from 'node:fs'
import { setTimeout as rest } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { contractFromModule, type ParsedContract, type ParseOptions, type Problem, sha256Of } from '@readback/contract'

/** A contract as a module; declarations and tests beside it are none. */
export const isModuleFile = (name: string): boolean => /(?<!\.d|\.test)\.m?[jt]s$/.test(name)

/** Loads a module and checks what it exports. Its code runs in this process, with all that this process may do. */
export async function readModule(file: string, options: ParseOptions): Promise<ParsedContract> {
  const text = readFileSync(file, 'utf8')
  const loaded = await load(file, text)
  if ('failed' in loaded) return { ok: false, problems: [problem(file, loaded)] }
  return contractFromModule({ file, text, exported: loaded.exported }, options)
}

type Loaded = { exported: unknown } | { failed: string; fix?: string }

const LOAD_MS = 10_000

async function load(file: string, text: string): Promise<Loaded> {
  // Node keeps a module for ever under its address; what is saved again must have another one.
  const address = `${pathToFileURL(file).href}?sha256=${sha256Of(text)}`
  const done = new AbortController()
  try {
    const loading = import(/* @vite-ignore */ address) as Promise<{ default?: unknown }>
    const module = await Promise.race([loading, tooLate(done.signal)])
    if (module === null) return { failed: `one that is not there after ${LOAD_MS} ms` }
    if (readFileSync(file, 'utf8') !== text) return { failed: 'one that was saved while it was read' }
    return { exported: module.default }
  } catch (error) {
    return isNoTypeScript(error)
      ? { failed: NO_TYPESCRIPT, fix: 'it as .mjs, or use a newer Node' }
      : { failed: reasonOf(error) }
  } finally {
    done.abort()
  }
}

const tooLate = (done: AbortSignal): Promise<null> => rest(LOAD_MS, null, { signal: done }).catch(() => null)

const NO_TYPESCRIPT = `TypeScript, which Node reads from 22.18 on, by ${process.version}`

const isNoTypeScript = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === 'ERR_UNKNOWN_FILE_EXTENSION'

function reasonOf(error: unknown): string {
  return error instanceof Error ? `an error: ${error.message.split('\n')[0]}` : 'an error'
}

const problem = (file: string, { failed, fix = EXPORT }: { failed: string; fix?: string }): Problem => ({
  code: 'module_failed',
  severity: 'error',
  file,
  line: 0,
  column: 0,
  field: '',
  message: `expected a module that loads, got ${failed}`,
  fix,
})

const EXPORT = 'export default { effect: "invoice.issue", version: 1, ... }'
