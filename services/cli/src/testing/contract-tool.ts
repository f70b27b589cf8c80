import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMMANDS } from '../commands/index.ts'
import { fakeIo } from '../framework/fake-io.ts'
import { runCli } from '../framework/run-cli.ts'

/** For tests: a folder with a contract file in it, and `readback contracts ...` on it. */
export function contractTool() {
  const folder = mkdtempSync(join(tmpdir(), 'readback-contracts-'))
  const file = join(folder, 'contract.yaml')
  const run = async (args: readonly string[], io: Parameters<typeof fakeIo>[0] = {}) => {
    const fake = fakeIo(io)
    const exitCode = await runCli(['contracts', ...args], fake.io, COMMANDS)
    return { exitCode, ...fake.told }
  }
  return {
    folder,
    file,
    write: (text: string) => writeFileSync(file, text),
    run,
    async json(args: readonly string[], io: Parameters<typeof fakeIo>[0] = {}) {
      const { exitCode, out, err } = await run([...args, '--json'], io)
      return { exitCode, err, ...JSON.parse(out) }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
