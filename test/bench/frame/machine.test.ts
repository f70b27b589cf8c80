import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cpuOfTreeUs, residentBytes, watchMachine } from './machine.mjs'

const MIB = 1024 ** 2

describe.runIf(existsSync('/proc/self/status'))('what a process uses', () => {
  it('is the memory that it has in RAM', () => {
    const before = residentBytes(process.pid) ?? 0
    const held = Buffer.alloc(64 * MIB, 1)
    const grown = (residentBytes(process.pid) ?? 0) - before
    // Others of this process may have given back some of theirs meanwhile.
    expect(grown).toBeGreaterThan(32 * MIB)
    expect(held.length).toBe(64 * MIB)
  })

  it('is unknown once it has ended', () => {
    expect(residentBytes(0x7fff_ffff)).toBeNull()
  })

  it('is a part of what the machine does', () => {
    const share = watchMachine()
    const beforeUs = cpuOfTreeUs(process.pid)
    while (cpuOfTreeUs(process.pid) - beforeUs < 50_000);
    expect(share()).toBeGreaterThan(0)
    expect(share()).toBeLessThanOrEqual(1)
  })
})
