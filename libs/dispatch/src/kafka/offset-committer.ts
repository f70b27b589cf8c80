/** Offsets to read on from, by partition. */
export type Offsets = ReadonlyMap<number, string>
export type Commit = (offsets: Offsets) => Promise<void>

export type OffsetCommitter = {
  /** Commits soon, together with what else is accepted meanwhile. */
  accepted(partition: number, nextOffset: string, commit: Commit): void
  /** Tries to commit what is not committed yet. Never rejects: a lost commit only means that references come twice. */
  flush(): Promise<void>
  /** After a rebalance: a commit for partitions of others could only turn their offsets back. */
  forget(): void
}

// A commit is a request and a write of the broker: one for each claim cost as much as fetching. What comes again after a
// crash is that much more, and finds nothing to claim.
const GATHER_MS = 100

/** One commit is under way at a time; what is accepted during it goes into the next. */
export function createOffsetCommitter(onFailure: (error: unknown) => void): OffsetCommitter {
  const pending = new Map<number, string>()
  let latest: Commit | null = null
  let running: Promise<void> | null = null
  let soon: NodeJS.Timeout | null = null

  const commitAll = async () => {
    while (latest && pending.size > 0) {
      const offsets = new Map(pending)
      await latest(offsets)
      for (const [partition, offset] of offsets) {
        if (pending.get(partition) === offset) pending.delete(partition)
      }
    }
  }

  const flush = () => {
    if (soon) clearTimeout(soon)
    soon = null
    running ??= commitAll()
      .catch(onFailure)
      .finally(() => {
        running = null
      })
    return running
  }

  return {
    accepted(partition, nextOffset, commit) {
      pending.set(partition, nextOffset)
      latest = commit
      soon ??= setTimeout(() => void flush(), GATHER_MS)
    },
    flush,
    forget: () => pending.clear(),
  }
}
