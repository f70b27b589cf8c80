import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const bootstrap = fileURLToPath(new URL('../../services/cli/bootstrap.mjs', import.meta.url))

/** Starts the bootstrap in a Node that says it is of another version. */
function startWith(version: string, command: string) {
  const pretend = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`
  return spawnSync(process.execPath, ['--import', pretend, bootstrap, command], { encoding: 'utf8' })
}

describe('the bootstrap', () => {
  it.each(['12.22.12', '18.20.4', '20.18.3'])('says in one sentence that Node %s is too old', (version) => {
    const { status, stdout, stderr } = startWith(version, 'demo')
    expect(stderr).toBe(`Readback needs Node 20.19 or newer, and this is ${version}.\n`)
    expect(stdout).toBe('')
    expect(status).toBe(1)
  })

  it('goes on with the oldest Node that is supported', () => {
    expect(startWith('20.19.0', 'build').stderr).not.toContain('Readback needs Node')
  })
})
