import { setFlagsFromString } from 'node:v8'

export const YOUNG_ONLY = '--no-allocation-site-pretenuring'

/**
 * Has V8 make every new object where the young collection finds it. It watches at which places of the code objects are made that live through
 * such collections, and puts what comes from there into the old generation from then on. What a call holds lives for some milliseconds, which
 * is long enough for that under load: then each call leaves garbage behind that only a full collection finds, and until then it keeps
 * whatever it points to, new or not.
 */
export function keepWorkYoung(): void {
  setFlagsFromString(YOUNG_ONLY)
}
