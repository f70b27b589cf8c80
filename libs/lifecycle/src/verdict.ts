/** What a read-back saw (requirement R2). `removed` means: seen present before, or a tombstone. */
export const VERDICTS = [
  'present',
  'absent',
  'mismatch',
  'duplicate',
  'pending',
  'failed',
  'removed',
  'inconclusive',
] as const
export type Verdict = (typeof VERDICTS)[number]
