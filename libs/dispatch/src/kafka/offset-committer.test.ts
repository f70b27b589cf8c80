import { describe, expect, it, vi } from 'vitest'
import { createOffsetCommitter, type Offsets } from './offset-committer.ts'

function recordedCommits() {
  const commits: [number, string][][] = []
  let failures = 0
  const commit = async (offsets: Offsets) => {
    commits.push([...offsets])
    if (failures-- > 0) throw new Error('not the coordinator')
  }
  const failNext = (count: number) => {
    failures = count
  }
  return { commits, commit, failNext }
}

describe('the committer of offsets', () => {
  it('commits the partitions of one hand-over together', async () => {
    const { commits, commit } = recordedCommits()
    const committer = createOffsetCommitter(() => {})
    committer.accepted(0, '10', commit)
    committer.accepted(1, '20', commit)
    await committer.flush()
    expect(commits).toEqual([
      [
        [0, '10'],
        [1, '20'],
      ],
    ])
  })

  it('commits by itself what is accepted, in one go with what is accepted soon after it', async () => {
    vi.useFakeTimers()
    const { commits, commit } = recordedCommits()
    const committer = createOffsetCommitter(() => {})
    committer.accepted(0, '10', commit)
    await vi.advanceTimersByTimeAsync(60)
    committer.accepted(0, '11', commit)
    expect(commits).toEqual([])
    await vi.advanceTimersByTimeAsync(60)
    vi.useRealTimers()
    expect(commits).toEqual([[[0, '11']]])
  })

  it('commits the newest offset of what is accepted during a commit', async () => {
    const { commits, commit } = recordedCommits()
    const committer = createOffsetCommitter(() => {})
    committer.accepted(0, '10', async (offsets) => {
      committer.accepted(0, '11', commit)
      committer.accepted(0, '12', commit)
      await commit(offsets)
    })
    await committer.flush()
    expect(commits).toEqual([[[0, '10']], [[0, '12']]])
  })

  it('keeps what could not be committed for the next flush, and says why', async () => {
    const { commits, commit, failNext } = recordedCommits()
    const reasons: unknown[] = []
    const committer = createOffsetCommitter((error) => reasons.push(error))
    failNext(1)
    committer.accepted(0, '10', commit)
    await committer.flush()
    expect(reasons).toEqual([new Error('not the coordinator')])
    await committer.flush()
    expect(commits).toEqual([[[0, '10']], [[0, '10']]])
  })

  it('commits nothing of before a rebalance', async () => {
    const { commits, commit, failNext } = recordedCommits()
    const committer = createOffsetCommitter(() => {})
    failNext(1)
    committer.accepted(0, '10', commit)
    await committer.flush()
    committer.forget()
    await committer.flush()
    expect(commits).toHaveLength(1)
  })
})
