import { residentBytes } from './machine.mjs'

const MB = 1e6

/**
 * The most that any process of a role was seen to have in RAM, in MB, by the role.
 * @param {readonly { role: string, pid: number }[]} processes
 */
export function createMemoryPeaks(processes) {
  const peaks = {}
  return {
    peaks,
    sample() {
      for (const { role, pid } of processes) {
        const bytes = residentBytes(pid)
        if (bytes === null)
          throw new Error(`The memory of the ${role} cannot be read: it has ended, or this is not Linux.`)
        peaks[role] = Math.max(peaks[role] ?? 0, bytes / MB)
      }
    },
  }
}
