import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'

/** Parts of the language that this version does not have: refused, because ignoring one would break a promise. */
const NOT_YET: readonly { path: Path; instead: string }[] = [
  ...['approval', 'mode'].map((field) => ({ path: [field], instead: `no ${field}` })),
  ...['per_user', 'per_workflow', 'per_risk', 'per_destination'].map((limit) => ({
    path: ['limits', limit],
    instead: 'per_tenant or per_effect',
  })),
]

export const checkLater: Check = (document) =>
  NOT_YET.filter(({ path }) => at(document, ...path) !== undefined).map(({ path, instead }) =>
    notYet(path, String(path.at(-1)), instead),
  )

function notYet(path: Path, what: string, instead: string): Finding {
  return { code: 'not_available_yet', path, message: `${what} is not available yet`, fix: instead }
}
