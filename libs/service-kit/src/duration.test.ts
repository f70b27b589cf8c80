import { describe, expect, it } from 'vitest'
import { formatDuration, parseDurationMs } from './duration.ts'

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
  ])('read %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms))

  it.each(['', '5', 's', '-5s', '5 minutes', '1e3s'])('refuse %j, which has no unit or no number', (text) =>
    expect(parseDurationMs(text)).toBeUndefined(),
  )

  it.each(['0ms', '90s', '5m', '36h', '2d', '1500ms'])('write %s as it is read', (text) =>
    expect(formatDuration(parseDurationMs(text) ?? -1)).toBe(text),
  )
})
