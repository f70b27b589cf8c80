import type { Consumer, Dispatch, Intake, Topic } from './dispatch.ts'
import { DispatchClosedError } from './dispatch-closed-error.ts'
import { handOver } from './hand-over.ts'
import type { Observe } from './observation.ts'
import { createRefQueue } from './ref-queue.ts'

export type InProcessDispatchOptions = {
  /** References in a topic from which on `publish` waits. One publish may exceed it: it is taken as a whole. */
  capacity?: number
  observe?: Observe
}

const DEFAULT_CAPACITY = 10_000

/** Dispatch within one process: queues in memory. What is lost with the process, the relay publishes again. */
export function createInProcessDispatch(options: InProcessDispatchOptions = {}): Dispatch {
  const capacity = options.capacity ?? DEFAULT_CAPACITY
  const queues = { deliver: createRefQueue(capacity), verify: createRefQueue(capacity) }
  const consumers = new Set<Consumer>()
  let open = true

  const start = (topic: Topic, intake: Intake): Consumer => {
    const stopping = new AbortController()
    const done = handOver(queues[topic], intake, stopping.signal, (error, failures) =>
      options.observe?.({ type: 'hand_over_failed', topic, failures, error }),
    )
    const consumer = {
      async stop() {
        stopping.abort()
        await done
        consumers.delete(consumer)
      },
    }
    consumers.add(consumer)
    return consumer
  }

  return {
    async publish(topic, refs) {
      if (!(await queues[topic].push(refs))) throw new DispatchClosedError()
    },
    async consume(topic, intake) {
      if (!open) throw new DispatchClosedError()
      return start(topic, intake)
    },
    backlog: async (topic) => queues[topic].size(),
    ready: () => open,
    async close() {
      open = false
      queues.deliver.close()
      queues.verify.close()
      await Promise.all([...consumers].map((consumer) => consumer.stop()))
    },
  }
}
