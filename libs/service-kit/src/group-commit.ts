export type GroupCommit<T, R> = {
  /** Resolves with what the flush that took the item along answered for it. */
  push(item: T): Promise<R>
  /** What waits is flushed as soon as no flush is in flight, not only when it is time. */
  hurry(): void
  /** Resolves when nothing waits and nothing is in flight. */
  idle(): Promise<void>
}

export type GroupCommitOptions<T, R> = {
  /** Answers each item, in their order. A rejection is the answer for all of them. */
  flush: (items: readonly T[]) => Promise<readonly R[]>
  itemsMax: number
  /** Flushes in flight at a time: 1 if not given. */
  concurrency?: number
  /**
   * Between the starts of two flushes, unless a batch is full: 0 if not given. A statement costs more than the rows in
   * it, so under load a few milliseconds buy batches of dozens; a lone item never waits.
   */
  intervalMs?: number
}

type Waiter<R> = { resolve: (answer: R) => void; reject: (error: unknown) => void }
type Batch<T, R> = { items: T[]; waiters: Waiter<R>[] }

/**
 * One round trip for many items: what is pushed while a flush is in flight goes with the next one. So the batch grows
 * with the load, and a lone item waits for nothing but the end of the turn.
 */
export function createGroupCommit<T, R>(options: GroupCommitOptions<T, R>): GroupCommit<T, R> {
  const { flush, itemsMax, concurrency = 1, intervalMs = 0 } = options
  const queue: Batch<T, R>[] = []
  const idlers: (() => void)[] = []
  let inFlight = 0
  let timer: NodeJS.Timeout | undefined
  let nextFlushMs = 0

  const openBatch = () => {
    const last = queue.at(-1)
    if (last && last.items.length < itemsMax) return last
    const batch: Batch<T, R> = { items: [], waiters: [] }
    queue.push(batch)
    return batch
  }

  const send = () => {
    clearTimeout(timer)
    timer = undefined
    while (inFlight < concurrency) {
      const batch = queue.shift()
      if (!batch) break
      inFlight += 1
      nextFlushMs = performance.now() + intervalMs
      void settle(flush, batch).then(() => {
        inFlight -= 1
        sendWhenDue(send)
      })
    }
    if (inFlight === 0) for (const resolve of idlers.splice(0)) resolve()
  }

  /** `now` is how a batch that waits for nothing starts. */
  const sendWhenDue = (now: () => void) => {
    const isFull = queue.length > 1
    if (inFlight >= concurrency || (timer && !isFull)) return
    const waitMs = nextFlushMs - performance.now()
    if (waitMs <= 0 || isFull || queue.length === 0) now()
    else timer = setTimeout(send, waitMs)
  }

  let turnEnds = false
  const atEndOfTurn = () => {
    if (turnEnds) return
    turnEnds = true
    setImmediate(() => {
      turnEnds = false
      send()
    })
  }

  return {
    push: (item) =>
      new Promise((resolve, reject) => {
        const batch = openBatch()
        batch.items.push(item)
        batch.waiters.push({ resolve, reject })
        sendWhenDue(atEndOfTurn)
      }),
    hurry() {
      clearTimeout(timer)
      timer = undefined
      nextFlushMs = Number.NEGATIVE_INFINITY
      sendWhenDue(atEndOfTurn)
    },
    idle: () =>
      inFlight === 0 && queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve)),
  }
}

async function settle<T, R>(flush: GroupCommitOptions<T, R>['flush'], batch: Batch<T, R>): Promise<void> {
  try {
    const answers = await flush(batch.items)
    if (answers.length !== batch.items.length) throw new AnswersMissingError(batch.items.length, answers.length)
    for (const [index, waiter] of batch.waiters.entries()) waiter.resolve(answers[index] as R)
  } catch (error) {
    for (const waiter of batch.waiters) waiter.reject(error)
  }
}

class AnswersMissingError extends Error {
  override readonly name = 'AnswersMissingError'
  readonly code = 'GROUP_COMMIT_ANSWERS'

  constructor(items: number, answers: number) {
    super(`A flush of ${items} items gave ${answers} answers.`)
  }
}
