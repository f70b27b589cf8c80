import type { EntryRef } from '../dispatch.ts'

/**
 * One send is under way at a time; what is published meanwhile shares the next one. So many small publishes cost few
 * requests, and come out in the order in which they went in.
 */
export function createPublisher(send: (refs: readonly EntryRef[]) => Promise<void>) {
  let current: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null
  let waiting: EntryRef[] = []

  const sendWaiting = () => {
    const refs = waiting
    waiting = []
    next = null
    current = send(refs)
    return current
  }

  return (refs: readonly EntryRef[]): Promise<void> => {
    for (const ref of refs) waiting.push(ref)
    next ??= current.then(sendWaiting, sendWaiting)
    return next
  }
}
