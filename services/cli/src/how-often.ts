import { type Database, explainEntry } from '@readback/store'

/**
 * How often operators did this to an entry before. For commands that undo each other: the same one given again after its
 * opposite is another change, and not the repeat of the first.
 */
export async function howOften(db: Database, entryId: string, action: string): Promise<string> {
  const entry = await explainEntry(db, entryId)
  return String(entry?.history.filter(({ what }) => what === action).length ?? 0)
}
