import { pause } from './pause.ts'

const PAUSE_MS = 100

/** Does `work` until it succeeds, `tries` times at most, with 100 ms in between. Rejects with the last error. */
export async function retry<Result>(tries: number, work: () => Promise<Result>): Promise<Result> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0) throw error
      await pause(PAUSE_MS)
    }
  }
}
