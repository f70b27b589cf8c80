import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export const range = (numbers) => ({
  middle: median(numbers),
  low: Math.min(...numbers),
  high: Math.max(...numbers),
})

const TICK_US = 10_000

/** CPU that a process and its children have used so far, those that have ended included; in microseconds. Linux only. */
export function cpuOfTreeUs(pid) {
  const own = statOf(pid)
  return own === null ? 0 : own.usedUs + childrenOf(pid).reduce((sum, child) => sum + cpuOfTreeUs(child), 0)
}

function statOf(pid) {
  try {
    // The name may hold spaces and parentheses; the figures begin behind the last one.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number)
    return { usedUs: (utime + stime + cutime + cstime) * TICK_US }
  } catch {
    return null
  }
}

function childrenOf(pid) {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
}
