import type { WorkflowEntry, WorkflowStatus } from '@readback/store'
import type { Screen } from './framework/screen.ts'
import { STYLES } from './show-status.ts'

/** A workflow for people: where it stands, and each entry in order, with what it waits for. */
export function showWorkflow(
  { status, tenant, workflow, counts, entries, omitted }: WorkflowStatus,
  screen: Screen,
): string {
  const told = Object.entries(counts).filter(([name, count]) => count > 0 && name !== 'total')
  const lines = [
    `${screen.paint(STYLES[status], status)}  ${tenant} ${workflow}`,
    told.length > 0 && `entries   ${counts.total}: ${told.map(([name, count]) => `${count} ${name}`).join(', ')}`,
    entries.length > 0 && `\n${screen.table(['EFFECT', 'KEY', 'STATE', 'EXTERNAL ID', 'WHY'], entries.map(rowOf))}`,
    omitted > 0 && `${omitted} more entries are not shown.`,
  ]
  return lines.filter(Boolean).join('\n')
}

function rowOf(entry: WorkflowEntry, _: number, all: readonly WorkflowEntry[]): (string | null)[] {
  return [entry.effect_name, entry.key, entry.state, entry.external_id, whyOf(entry, all)]
}

function whyOf({ cause, held_by, compensates, compensated_by }: WorkflowEntry, all: readonly WorkflowEntry[]): string {
  const named = (id: string) => {
    const known = all.find(({ entry_id }) => entry_id === id)
    return known ? `${known.effect_name} ${known.key}` : `entry ${id}`
  }
  const blockers = held_by.map((blocker) => {
    const why = blocker.cause ? `, ${blocker.cause}` : ''
    return `${blocker.effect_name} ${blocker.key} (${blocker.state}${why})`
  })
  return [
    blockers.length > 0 ? `waits for ${blockers.join(', ')}` : cause,
    compensates && `undoes ${named(compensates)}`,
    compensated_by && `undone by ${named(compensated_by)}`,
  ]
    .filter(Boolean)
    .join('; ')
}
