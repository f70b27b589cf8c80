import type { Dispatch, EntryRef, Topic } from '@readback/dispatch'

export type RecordingDispatch = Dispatch & {
  /** Everything that was published, in order, repeats included. */
  published: (EntryRef & { topic: Topic })[]
  /** The keys of what was published for delivery, in order. */
  keys(): string[]
}

/** A dispatch that nobody consumes from. So its backlog is all that was published, and nothing counts as lost. */
export function createRecordingDispatch(): RecordingDispatch {
  const published: RecordingDispatch['published'] = []
  const delivered = () => published.filter(({ topic }) => topic === 'deliver')
  return {
    published,
    keys: () => delivered().map(({ key }) => key),
    async publish(topic, refs) {
      for (const ref of refs) published.push({ ...ref, topic })
    },
    consume: () => Promise.reject(new Error('nobody consumes from a recording')),
    backlog: async () => delivered().length,
    ready: () => true,
    close: async () => {},
  }
}
