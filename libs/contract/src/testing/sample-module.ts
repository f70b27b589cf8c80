import { formatProblem } from '../check/problem.ts'
import type { CustomCode } from '../code/define-contract.ts'
import { contractFromModule } from '../code/read-module.ts'
import type { Contract } from '../contract.ts'

/** For tests: what a module exports whose call and look are code. */
export const MODULE = {
  effect: 'invoice.issue',
  version: 3,
  payload: { type: 'object', required: ['amount'] },
  call: { timeout: '10s', external_id: '/id' },
  provider: { key: { in: 'body', at: 'reference' }, repeat: 'acts_again' },
  verify: {
    by_key: { where: { '/reference': '${key}' } },
    present: { match: { '/amount': { equals: '${payload./amount}', by: 'number' } } },
    pending: { match: { '/state': 'draft' } },
  },
  on_unknown: 'reconcile',
  rollback: { strategy: 'manual_only' },
  custom: {
    call: () => ({ sent: false as const }),
    look: () => ({ items: [], complete: true }),
  } as CustomCode,
}

/** What is said about a module: errors or warnings. `more` replaces whole fields; undefined takes one away. */
export function saidOf(more: Record<string, unknown>, text = 'the text'): readonly string[] {
  const parsed = contractFromModule({ file: 'm.mjs', text, exported: { ...MODULE, ...more } })
  return (parsed.ok ? parsed.warnings : parsed.problems).map((each) => `${each.code} ${formatProblem(each)}`)
}

export function contractOf(more: Record<string, unknown> = {}, text = 'the text'): Contract {
  const parsed = contractFromModule({ file: 'm.mjs', text, exported: { ...MODULE, ...more } })
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  return parsed.contract
}
