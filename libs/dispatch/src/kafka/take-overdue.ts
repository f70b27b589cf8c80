import type { Intake, Topic } from '../dispatch.ts'
import type { Observe } from '../observation.ts'
import { pause } from '../pause.ts'
import type { Inbox } from './inbox.ts'

export type OverdueDeps = { topic: Topic; intake: Intake; inbox: Inbox; observe: Observe }

const ASK_EVERY_MS = 1_000

/**
 * Lets nothing wait for Kafka. A group that has lost a member stands still until that one's session has ended, and as long
 * again if another one does not answer; a broker that is away brings nothing at all. Resolves once `signal` aborts.
 */
export async function takeOverdue({ topic, intake, inbox, observe }: OverdueDeps, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  let failures = 0
  while (!signal.aborted) {
    try {
      // Something that waits here already means that there is no room, or that the topic brings enough.
      const refs = inbox.isEmpty() ? await intake.overdue() : []
      if (refs.length > 0) {
        observe({ type: 'overdue_taken', topic, count: refs.length })
        await Promise.race([inbox.put({ refs, accepted: () => {} }), stopped])
      }
      failures = 0
    } catch (error) {
      failures += 1
      observe({ type: 'hand_over_failed', topic, failures, error })
    }
    // Also after a portion: what cannot be claimed at the moment would be in the next one too.
    await pause(ASK_EVERY_MS, signal)
  }
}
