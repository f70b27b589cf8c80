import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RoleProcess } from '../world/product.ts'
import { openWorld, type World } from '../world/world.ts'

const MODULE = `
const notes = []
export default {
  effect: 'note.take',
  version: 1,
  call: { timeout: '2s' },
  provider: { repeat: 'acts_again', max_execution_delay: '0s' },
  verify: { by_key: { where: { '/key': '\${key}' } }, settle: { first: '0s', every: '100ms', for: '200ms' } },
  on_unknown: 'reconcile',
  rollback: { strategy: 'none' },
  custom: {
    call({ key }) {
      notes.push({ key })
      return { outcome: 'success', cause: 'taken' }
    },
    look: () => ({ items: notes, complete: true }),
  },
}
`

describe('a process that does not have the code of a contract', () => {
  let world: World
  let here: string
  let elsewhere: string
  let all: RoleProcess

  const status = async () => (await world.run('status', 'note.take', 'n-1', '--tenant', 'acme', '--json')).json()

  beforeAll(async () => {
    here = mkdtempSync(join(tmpdir(), 'readback-here-'))
    elsewhere = mkdtempSync(join(tmpdir(), 'readback-elsewhere-'))
    writeFileSync(join(elsewhere, 'note.mjs'), MODULE)
    world = await openWorld({})
    await world.run('contracts', 'deploy', elsewhere)
    all = await world.start('all', { READBACK_CONTRACTS: here })
    await world.pool.query('select readback.enqueue($1, $2, $3, $4)', ['acme', 'note.take', 'n-1', '{}'])
  }, 120_000)
  afterAll(async () => {
    await world.close()
    for (const folder of [here, elsewhere]) rmSync(folder, { recursive: true })
  }, 60_000)

  it('says so, leaves the entry to those who have it, and takes it as soon as it has it too', async () => {
    const said = () => (all.stdout() + all.stderr()).includes('note.take')
    await waitFor('a line about the effect', said, { withinMs: 30_000 })
    expect(await status()).toMatchObject({ status: expect.stringMatching(/not_started|in_progress/), attempts: 0 })
    copyFileSync(join(elsewhere, 'note.mjs'), join(here, 'note.mjs'))
    await waitFor('the entry to be done', async () => ((await status()) as { status: string }).status === 'done', {
      withinMs: 60_000,
    })
    expect(await status()).toMatchObject({ attempts: 1, receipt: { verdict: 'present' } })
  })
})
