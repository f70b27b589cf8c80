/** Milliseconds on the monotonic clock of the machine: the same in all of its processes, unlike `performance.now()`, and no clock is set back. */
export const machineNowMs = () => Number(process.hrtime.bigint()) / 1e6
