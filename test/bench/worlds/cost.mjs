// What work costs: time, and CPU of this process and of a PostgreSQL.
import { cpuOfTreeUs } from '../frame/machine.mjs'

/** From here on; each reading is from the start. */
export function startMeter(postgresPid) {
  const node = process.cpuUsage()
  const postgresUs = cpuOfTreeUs(postgresPid)
  const startedMs = performance.now()
  return function read() {
    const seconds = (performance.now() - startedMs) / 1000
    const { user, system } = process.cpuUsage(node)
    return { seconds, cpuUs: user + system, postgresCpuUs: cpuOfTreeUs(postgresPid) - postgresUs }
  }
}

/** For each of `count`; seconds stay as they are. */
export const each = ({ seconds, cpuUs, postgresCpuUs }, count) => ({
  seconds,
  cpuUs: cpuUs / count,
  postgresCpuUs: postgresCpuUs / count,
})

export const totalUs = ({ cpuUs, postgresCpuUs }) => cpuUs + postgresCpuUs
