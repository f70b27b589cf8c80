import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createMemoryPeaks } from './memory-peaks.mjs'

describe.runIf(existsSync('/proc/self/status'))('peaks of memory', () => {
  it('are those of the largest process of each role', () => {
    const [parent, own] = [
      { role: 'worker', pid: process.ppid },
      { role: 'worker', pid: process.pid },
    ]
    const peaksOf = (processes: { role: string; pid: number }[]) => {
      const memory = createMemoryPeaks(processes)
      memory.sample()
      return memory.peaks as Record<string, number>
    }
    const peaks = peaksOf([parent, own, { role: 'relay', pid: process.ppid }])
    expect(Object.keys(peaks)).toEqual(['worker', 'relay'])
    // In MB, and a Node process has some tens of them.
    expect(peaks['worker']).toBeGreaterThan(10)
    expect(peaks['worker']).toBeLessThan(4_000)
  })

  it('are not those of a process that has ended', () => {
    expect(() => createMemoryPeaks([{ role: 'relay', pid: 0x7fff_ffff }]).sample()).toThrow('relay cannot be read')
  })
})
