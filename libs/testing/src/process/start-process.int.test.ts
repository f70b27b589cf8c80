import { describe, expect, it } from 'vitest'
import { startProcess } from './start-process.ts'

const node = (script: string) => ({ command: process.execPath, args: ['-e', script] })

describe('a process under test', () => {
  it('is ready when its output says so, and can be killed', async () => {
    const started = await startProcess({
      ...node('setTimeout(() => console.log("listening"), 50); setInterval(() => {}, 1000)'),
      readyWhen: /listening/,
    })
    expect(started.stdout()).toBe('listening\n')
    expect(await started.kill9()).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('is asked to stop first', async () => {
    const started = await startProcess({
      ...node('process.on("SIGTERM", () => process.exit(7)); console.error("up"); setInterval(() => {}, 1000)'),
      readyWhen: /up/,
    })
    expect(await started.stop()).toEqual({ code: 7, signal: null })
  })

  it('that exits early is reported with what it said', async () => {
    const starting = startProcess({ ...node('console.error("no database"); process.exit(1)'), readyWhen: /never/ })
    await expect(starting).rejects.toThrow(/exited before it was ready.*\n.*no database/s)
  })

  it('that takes too long is ended and reported', async () => {
    const starting = startProcess({
      ...node('setInterval(() => {}, 1000)'),
      readyWhen: () => Promise.reject(new Error('connection refused')),
      readyWithinMs: 200,
    })
    await expect(starting).rejects.toThrow('was not ready within 200 ms')
  })

  it('that does not exist is an error', async () => {
    await expect(startProcess({ command: 'no-such-command' })).rejects.toThrow('ENOENT')
  })
})
