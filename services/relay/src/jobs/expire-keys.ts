import { expireKeys } from '@readback/store'
import type { Job } from './job.ts'

/** Some 70,000 keys are gone through at a time: within 25 minutes 10 million are, for less than a hundredth of a processor. */
const PORTION = { blocks: 1_000, keysMax: 5_000 }

/** Forgets the keys whose time is over. */
export const expireKeysJob: Job = {
  name: 'keys',
  everyMs: 10_000,
  async run({ db, observe }) {
    const { expired, more } = await expireKeys(db, PORTION)
    if (expired > 0) observe({ type: 'keys_expired', count: expired })
    return more ? expired : 0
  },
}
