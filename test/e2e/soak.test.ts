import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { testKafka } from '@readback/testing'
import { describe, expect, it } from 'vitest'

const RUN = fileURLToPath(new URL('../soak/run.mjs', import.meta.url))
const KEPT = { lost: 0, doubled: 0, 'falsely done': 0 }
const kafka = await testKafka()

// Small, so that the command cannot rot; what is to be believed is a run of 50,000 (see CONTRIBUTING.md).
describe.skipIf(kafka.is === 'missing')('the soak', () => {
  it('kills, freezes and crashes everything once, and finds every promise kept', async () => {
    // How fast others take over is a promise on seconds, and this machine has other things to do.
    // By this seed the process that stands still for three leases is the first to be hit.
    const words = ['--intents', '300', '--minutes', '0.15', '--seed', '45', '--takeover', '120', '--json']
    const running = promisify(execFile)(process.execPath, [RUN, ...words])
    // What it found is in what it says, whatever its exit code is.
    const { stdout } = await running.catch((failed: unknown) => failed as { stdout: string })
    const { figures, broken } = JSON.parse(stdout)
    expect(broken).toEqual([])
    expect(figures.byClass).toMatchObject({ keyed: KEPT, readable: KEPT, opaque: { lost: 0, 'falsely done': 0 } })
    expect(Object.keys(figures.blows)).toHaveLength(6)
  }, 300_000)
})
