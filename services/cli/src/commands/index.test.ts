import { describe, expect, it } from 'vitest'
import { fakeIo } from '../framework/fake-io.ts'
import { runCli } from '../framework/run-cli.ts'
import { COMMANDS } from './index.ts'

async function run(...args: string[]) {
  const { io, told } = fakeIo()
  return { exitCode: await runCli(args, io, COMMANDS), ...told }
}

describe('the commands', () => {
  it('are listed for programs, with which of them are safe', async () => {
    const listed: { name: string; safe: boolean }[] = JSON.parse((await run('commands', '--json')).out)
    expect(listed.map(({ name }) => name)).toEqual(COMMANDS.map(({ name }) => name))
    expect(listed.filter(({ safe }) => safe).map(({ name }) => name)).not.toContain('dead replay')
    expect(listed.find(({ name }) => name === 'status')?.safe).toBe(true)
  })

  it.each(COMMANDS.filter(({ kind }) => kind === 'change').map(({ name }) => name))(
    'that change something have a dry run and a key: %s',
    async (name) => {
      const { out } = await run(...name.split(' '), '--help')
      expect(out).toContain('--dry-run')
      expect(out).toContain('--idempotency-key')
      expect(out).toContain('--json')
    },
  )

  it('that need a database say at once which settings are missing', async () => {
    const { exitCode, err } = await run('lag')
    expect(exitCode).toBe(2)
    expect(err).toContain('DATABASE_URL: expected a postgres:// URL (or PGHOST, PGDATABASE and so on), got nothing')
  })
})
