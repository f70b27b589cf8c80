import type { RuleReading } from '@readback/contract'
import type { Screen } from '../framework/screen.ts'
import type { ShownAnswer, ShownRequest } from './shown-request.ts'
import type { CallTrial, LookTrial } from './trial.ts'

const OUTCOME_STYLES: Readonly<Record<string, 'green' | 'yellow' | 'red'>> = {
  success: 'green',
  present: 'green',
  absent: 'yellow',
  pending: 'yellow',
  inconclusive: 'yellow',
  retryable_failure: 'yellow',
  side_effect_unknown: 'yellow',
}

export function showCall(trial: CallTrial, screen: Screen): string {
  const ending = [trial.cause, trial.external_id === null ? null : `external id ${trial.external_id}`, trial.error]
  return [
    ...(trial.prepared === null ? [] : [`${screen.paint('bold', 'prepared')}  ${trial.prepared}`]),
    ...(trial.request === null ? ['call'] : showRequest('call', trial.request, screen)),
    ...(trial.answer === null ? [] : showAnswer(trial.answer, screen)),
    ...trial.rules.map((rule) => showRule(rule, screen)),
    `outcome  ${styled(trial.outcome, screen)}: ${ending.filter(Boolean).join(', ')}`,
  ].join('\n')
}

export function showLook(trial: LookTrial, screen: Screen): string {
  const id = trial.external_id === null ? '' : `, external id ${trial.external_id}`
  return [
    ...trial.requests.flatMap(({ request, answer, rules }) => [
      ...showRequest(`look by ${trial.by}`, request, screen),
      ...showAnswer(answer, screen),
      ...rules.map((rule) => showRule(rule, screen)),
    ]),
    `verdict  ${styled(trial.verdict, screen)}: ${trial.what}${id}${trial.cause === trial.verdict ? '' : ` (${trial.cause})`}`,
  ].join('\n')
}

export function showRequest(title: string, request: ShownRequest, { paint }: Screen): string[] {
  return [
    `${paint('bold', title)}  ${request.method} ${request.url}`,
    ...Object.entries(request.headers).map(([name, value]) => `  ${paint('dim', `${name}:`)} ${value}`),
    ...(request.body === null ? [] : indented(request.body)),
  ]
}

function showAnswer({ status, failed, body, truncated }: ShownAnswer, { paint }: Screen): string[] {
  if (failed !== null) return [`${paint('bold', 'no answer')}  ${failed}`]
  return [
    `${paint('bold', 'answer')}  ${status}${truncated ? ', cut here' : ''}`,
    ...(body === null ? [] : indented(body)),
  ]
}

const LINES_MAX = 20

/** What a provider answers must not steer the terminal. */
function indented(text: string): string[] {
  const lines = text.replaceAll(/[^\P{Cc}\n]/gu, ' ').split('\n')
  const shown = lines.slice(0, LINES_MAX).map((line) => `  ${line}`)
  return lines.length > LINES_MAX ? [...shown, `  ... ${lines.length - LINES_MAX} more lines`] : shown
}

function showRule({ rule, where, expected, got, hit }: RuleReading, { paint }: Screen): string {
  const mark = hit ? paint('green', 'yes') : paint('dim', ' no')
  if (rule === 'standard table') return `  ${mark} ${rule}: ${got} is ${expected}`
  return `  ${mark} ${rule} ${where}: expected ${expected}, got ${got}`
}

const styled = (word: string, { paint }: Screen): string => paint(OUTCOME_STYLES[word] ?? 'red', word)
