/** Does the work of so many effects, and says what one took of this process; its CPU in microseconds. */
export async function measure(effects, work) {
  const before = process.cpuUsage()
  const startedMs = performance.now()
  await work()
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(before)
  return { perSecond: effects / seconds, cpuUs: (user + system) / effects }
}
