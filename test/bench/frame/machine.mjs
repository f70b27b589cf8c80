// The machine: what it is, and what else it was doing. Linux only where it reads /proc; elsewhere nothing is known of others.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

const TICK_US = 10_000
const GIB = 1024 ** 3

export function describeMachine() {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memory_gib: Math.round(totalmem() / GIB),
    system: `${type()} ${release()}`,
    node: process.versions.node,
  }
}

/** CPU that a process and its children have used so far, those that have ended included; in microseconds. */
export function cpuOfTreeUs(pid) {
  const processes = processesByParent()
  const sum = (each) => usedUs(each) + (processes.get(each) ?? []).reduce((total, child) => total + sum(child), 0)
  return sum(pid)
}

function usedUs(pid) {
  const stat = readOrNull(`/proc/${pid}/stat`)
  if (stat === null) return 0
  // The name may hold spaces and parentheses; the figures begin behind the last one.
  const fields = stat.split(') ').at(-1).split(' ')
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number)
  return (utime + stime + cutime + cstime) * TICK_US
}

function processesByParent() {
  const children = new Map()
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  for (const [pid, parent] of lines.map((line) => line.trim().split(/\s+/).map(Number)))
    children.set(parent, [...(children.get(parent) ?? []), pid])
  return children
}

/** Memory of a process that is in RAM, in bytes; null where that cannot be known, or it has ended. */
export function residentBytes(pid) {
  const kib = readOrNull(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]
  return kib === undefined ? null : Number(kib) * 1024
}

/** From here on: the share of the whole machine that anybody used; null if it cannot be known. */
export function watchMachine() {
  const before = machineUs()
  return function share() {
    const after = machineUs()
    if (before === null || after === null) return null
    return (after.busy - before.busy) / (after.all - before.all)
  }
}

/** From here on: the share of the whole machine that others used, this process and its children left out; null if it cannot be known. */
export function watchOthers() {
  const before = machineUs()
  const ownBefore = before === null ? 0 : cpuOfTreeUs(process.pid)
  return function share() {
    const after = machineUs()
    if (before === null || after === null) return null
    const others = after.busy - before.busy - (cpuOfTreeUs(process.pid) - ownBefore)
    return Math.max(0, others) / (after.all - before.all)
  }
}

/** What a hypervisor gave to others counts as busy. */
function machineUs() {
  const line = readOrNull('/proc/stat')?.split('\n')[0]
  if (!line) return null
  const [user, nice, system, idle, iowait, irq, softirq, steal] = line.trim().split(/\s+/).slice(1).map(Number)
  const busy = (user + nice + system + irq + softirq + steal) * TICK_US
  return { busy, all: busy + (idle + iowait) * TICK_US }
}

function readOrNull(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
