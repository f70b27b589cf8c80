import { ConfigError, formatDuration } from '@readback/service-kit'
import { type Database, longestKeyRetention } from '@readback/store'

/** What a key leads to must be kept for as long as the key: otherwise a repeat is answered with nothing. */
export async function refuseShortRetention(db: Database, retentionMs: number | null): Promise<void> {
  const longest = await longestKeyRetention(db)
  if (retentionMs === null || longest === null || retentionMs >= longest.key_retention_ms) return
  const { effect, version } = longest
  const promised = formatDuration(longest.key_retention_ms)
  const expected = `at least ${promised}, because ${effect} version ${version} remembers its keys for ${promised} and their receipts must be there for as long`
  throw new ConfigError([`READBACK_RETENTION: expected ${expected}, got ${formatDuration(retentionMs)}`])
}
