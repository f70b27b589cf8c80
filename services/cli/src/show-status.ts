import type { EffectStatus, HeldBy, HistoryItem } from '@readback/store'
import type { Screen } from './framework/screen.ts'

export const STYLES = {
  not_started: 'dim',
  in_progress: 'cyan',
  done: 'green',
  acknowledged: 'magenta',
  needs_attention: 'red',
  cancelled: 'dim',
} as const

/** One intent for people: where it stands, what it is known by, what has happened, what happens next. */
export function showStatus(status: EffectStatus, screen: Screen): string {
  const { receipt, next } = status
  const lines = [
    `${screen.paint(STYLES[status.status], status.status)}  ${status.tenant} ${status.effect_name} ${status.key}`,
    status.entry_id && `entry     ${status.entry_id}, ${status.state}, ${status.attempts} attempts`,
    status.cause && `cause     ${status.cause}`,
    receipt && `receipt   ${receipt.verdict} at ${receipt.observed_at}, external id ${receipt.external_id ?? '-'}`,
    receipt?.kept && `kept      ${keptText(receipt.kept)}`,
    next && `next      ${next.what}${next.due_at ? ` at ${next.due_at}` : ''}`,
    status.held_by && `held by   ${status.held_by.map(heldByText).join('\n          ')}`,
    status.compensates && `undoes    entry ${status.compensates}`,
    status.compensated_by && `undone by entry ${status.compensated_by}`,
    status.history.length > 0 && `\n${screen.table(['AT', 'WHAT', 'DETAIL'], status.history.map(historyRow))}`,
  ]
  return lines.filter(Boolean).join('\n')
}

function keptText(kept: Record<string, unknown>): string {
  return Object.entries(kept)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
}

const heldByText = ({ tenant, effect_name, key, entry_id, state, cause }: HeldBy) =>
  `${tenant} ${effect_name} ${key}: ${state}${cause ? ` (${cause})` : ''}, ${entry_id}`

function historyRow({ at, what, ...detail }: HistoryItem): string[] {
  const short = ([, value]: [string, unknown]) => value !== null && typeof value !== 'object'
  const known = Object.entries(detail).filter(short)
  return [at, what, known.map(([name, value]) => `${name}=${String(value)}`).join(' ')]
}
