import { formatDuration } from '@readback/service-kit'
import { type Lag, lag } from '@readback/store'
import { readCommand } from '../framework/command.ts'
import { EXIT } from '../framework/exit-code.ts'
import { optionalDuration } from '../framework/field.ts'
import type { Screen } from '../framework/screen.ts'

export const lagCommand = readCommand({
  name: 'lag',
  summary: 'How far the outside world is behind what was committed, by stage',
  fields: { failOver: optionalDuration('exit with 3 if anything is older than this') },
  async run({ db, io }, { failOver }) {
    const now = await lag(db())
    const oldestMs = 1_000 * Math.max(0, ...now.stages.map((stage) => stage.oldest_age_seconds))
    const exceeded = failOver !== undefined && oldestMs > failOver
    if (exceeded)
      io.err(`The oldest entry waits for ${secondsOf(oldestMs / 1_000)}, longer than ${formatDuration(failOver)}.\n`)
    return { data: now, show: (screen) => showLag(now, screen), exitCode: exceeded ? EXIT.threshold : EXIT.ok }
  },
})

function showLag(now: Lag, { table }: Screen): string {
  const rows = now.stages.map((each) => [
    each.stage,
    each.tenant,
    each.effect_name,
    each.count,
    secondsOf(each.oldest_age_seconds),
  ])
  const stages =
    rows.length > 0 ? table(['STAGE', 'TENANT', 'EFFECT', 'COUNT', 'OLDEST'], rows) : 'Nothing is under way.'
  const headroom = now.key_retention_headroom_seconds
  const counts = [
    `unknown ${now.unknown}`,
    `dead ${now.dead}`,
    `throttled ${now.throttled}`,
    `relay behind ${secondsOf(now.cursor_lag_seconds)}`,
  ]
  if (headroom !== null) counts.push(`first key forgotten in ${secondsOf(headroom)}`)
  return `${stages}\n\n${counts.join(', ')}`
}

const secondsOf = (seconds: number) =>
  formatDuration(seconds < 10 ? Math.round(seconds * 1_000) : Math.round(seconds) * 1_000)
