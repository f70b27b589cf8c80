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

/** One commit is under way at a time; what is accepted during it goes into the next. */
export function createOffsetCommitter(onFailure: (error: unknown) => void): OffsetCommitter {
  const pending = new Map<number, string>()
  let latest: Commit | null = null
  let running: Promise<void> | null = null

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
    // In a moment: the partitions of one hand-over are told one after the other, and go into one commit.
    running ??= Promise.resolve()
      .then(commitAll)
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
      void flush()
    },
    flush,
    forget: () => pending.clear(),
  }
}
