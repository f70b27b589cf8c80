import { type DeadGroup, deadGroups } from '@readback/store'
import { deadFilter, filterField } from '../dead-filter.ts'
import { readCommand } from '../framework/command.ts'
import type { Screen } from '../framework/screen.ts'

export const deadGroupsCommand = readCommand({
  name: 'dead groups',
  summary: 'Entries that need a person by their cause, the largest group first',
  list: true,
  fields: { filter: filterField },
  async run({ db }, { filter }) {
    const groups = await deadGroups(db(), deadFilter(filter))
    return { data: groups, rows: groups, show: (screen) => showGroups(groups, screen) }
  },
})

export function showGroups(groups: readonly DeadGroup[], { table }: Screen): string {
  const rows = groups.map((group) => [
    group.count,
    group.effect_name,
    group.cause,
    group.tenants,
    group.oldest_dead_at,
    group.newest_dead_at,
    group.sample_entry_ids[0],
  ])
  return table(['COUNT', 'EFFECT', 'CAUSE', 'TENANTS', 'OLDEST', 'NEWEST', 'SAMPLE'], rows)
}
