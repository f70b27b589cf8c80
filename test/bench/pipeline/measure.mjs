import { cpuOfTreeUs } from '../frame/machine.mjs'

/** Does the work of so many effects, and says what one took; CPU in microseconds, of this process and of the PostgreSQL that it is given. */
export async function measure(effects, work, postgresPid) {
  const before = process.cpuUsage()
  const postgresBeforeUs = cpuOfPostgres()
  const startedMs = performance.now()
  await work()
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(before)
  const postgresCpuUs = (cpuOfPostgres() - postgresBeforeUs) / effects
  return { perSecond: effects / seconds, cpuUs: (user + system) / effects, postgresCpuUs }

  function cpuOfPostgres() {
    return postgresPid === undefined ? 0 : cpuOfTreeUs(postgresPid)
  }
}
