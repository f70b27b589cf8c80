import type { DeadFilter } from '@readback/store'
import { optionalText } from './framework/field.ts'
import { parseFilter } from './parse-filter.ts'

export const FILTER_SUMMARY = 'effect=NAME tenant=NAME cause=CODE key~PREFIX id=ENTRY older=1h, or all'

export const filterField = optionalText('<filter>', `${FILTER_SUMMARY} (default)`)

/** Age counts from when the entry died: that is when somebody could have acted. */
export function deadFilter(text = 'all'): DeadFilter {
  const { olderThanMs, ...filter } = parseFilter(text)
  return olderThanMs === undefined ? filter : { ...filter, deadForMs: olderThanMs }
}
