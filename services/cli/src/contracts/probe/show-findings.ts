import type { Screen } from '../../framework/screen.ts'
import type { Finding } from './finding.ts'

const WORDS = { kept: 'kept', broken: 'BROKEN', weak: 'weak', not_tested: 'not tested' } as const
const STYLES = { kept: 'green', broken: 'red', weak: 'yellow', not_tested: 'dim' } as const

type Left = { key: string; external_id: string | null }

/** Claim, what was seen, and what to write instead; then what was left behind. */
export function showFindings(findings: readonly Finding[], left: readonly Left[], { paint, table }: Screen): string {
  const rows = findings.map((finding) => [paint(STYLES[finding.result], WORDS[finding.result]), cellOf(finding)])
  const count = (result: Finding['result']) => findings.filter((finding) => finding.result === result).length
  const sum = `${count('kept')} kept, ${count('broken')} broken, ${count('weak')} weak, ${count('not_tested')} not tested.`
  const ids = [...new Set(left.map(({ key, external_id: id }) => id ?? key))]
  const rest = ids.length === 0 ? '' : `Left at the provider: ${ids.map(shortened).join(', ')}`
  return [table(['RESULT', 'CLAIM'], rows), '', sum, rest].filter((text, index) => index < 3 || text !== '').join('\n')
}

function cellOf({ field, claim, result, seen, fix }: Finding): string {
  return [
    field === '' ? claim : `${field}: ${claim}`,
    `  seen  ${seen}`,
    ...(fix === null ? [] : [`  ${result === 'kept' ? 'hint' : 'fix '}  ${fix}`]),
  ].join('\n')
}

const SHOWN_CHARS = 60

const shortened = (text: string): string => (text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text)
