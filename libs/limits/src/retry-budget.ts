/** What a destination's budget for calling again has at most, gets, and how those without a token wait. */
export const RETRY_BUDGET = {
  /** After a long calm a destination that fails is called again this often; then only as the terms below allow. */
  tokensMax: 100,
  /** What trickles in fills it up to here: where little is called, what fails alone must not wait for the success of others. */
  reserve: 10,
  tricklePerSecond: 0.1,
  /** The first one without a token asks again after this, and each further one so much later: a queue costs the database no more. */
  firstWaitMs: 1_000,
  spacingMs: 5,
  waitMsMax: 600_000,
} as const

/** How a call ended, for the budget: given back or blocked before its first byte is not called. */
export type CallEnd = 'not_called' | 'succeeded' | 'failed'

/** A tenth for each first call: what is called in vain comes to a tenth more of them, and no further. */
const FOR_A_FIRST_CALL = 0.1
/** Its own, and one more: a destination that answers again gets twice as many each time, and one that does not gets none. */
const FOR_A_SUCCESS = 2
const FOR_AN_UNUSED_TOKEN = 1

/** What a call brings to the budget of its destination when it has ended. Each repeated call has taken one token before. */
export function tokensFor(call: { isRepeated: boolean; end: CallEnd }): number {
  if (!call.isRepeated) return call.end === 'not_called' ? 0 : FOR_A_FIRST_CALL
  if (call.end === 'not_called') return FOR_AN_UNUSED_TOKEN
  return call.end === 'succeeded' ? FOR_A_SUCCESS : 0
}
