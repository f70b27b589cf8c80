import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { text } from 'node:stream/consumers'
import { COMMANDS } from './commands/index.ts'
import { EXIT } from './framework/exit-code.ts'
import type { Io } from './framework/io.ts'
import type { Prompts } from './framework/prompts.ts'
import { runCli } from './framework/run-cli.ts'

const EXIT_WITHIN_MS = 200

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Somebody is there to be asked. */
const isManned = process.stdin.isTTY && process.stderr.isTTY

const io: Io = {
  env: process.env,
  version,
  userName: userName(),
  out: (given) => void process.stdout.write(given),
  err: (given) => void process.stderr.write(given),
  outIsTerminal: process.stdout.isTTY,
  errIsTerminal: process.stderr.isTTY,
  ask: isManned ? ask : null,
  prompts: isManned ? lazily(() => import('./terminal-prompts.ts')) : null,
  stdin: () => text(process.stdin),
  readFile: (path) => readFileSync(path, 'utf8'),
}

// Whoever reads our output may stop early, as `head` does.
process.stdout.on('error', (error) => process.exit('code' in error && error.code === 'EPIPE' ? EXIT.ok : EXIT.error))

process.exitCode = await runCli(process.argv.slice(2), io, COMMANDS)
// What is still open now has no one to close it: a stop that was forced, or whose grace was over.
setTimeout(() => process.exit(), EXIT_WITHIN_MS).unref()

async function ask(message: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({ message, initialValue: false, output: process.stderr })
  if (isCancel(answer)) process.exit(EXIT.interrupted)
  return answer
}

/** The library of questions takes longer to load than most commands take to run. */
function lazily(load: () => Promise<{ terminalPrompts: Prompts }>): Prompts {
  return {
    text: async (...question) => (await load()).terminalPrompts.text(...question),
    choose: async (...question) => (await load()).terminalPrompts.choose(...question),
  }
}

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
