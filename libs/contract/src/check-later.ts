import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'

/** Parts of the language that this version does not have: refused, because ignoring one would break a promise. */
const NOT_YET: readonly { path: Path; instead: string }[] = [
  ...['approval', 'mode'].map((field) => ({ path: [field], instead: `no ${field}` })),
  ...['oauth2_client', 'login', 'aws_sigv4'].map((kind) => ({
    path: ['auth', kind],
    instead: 'bearer, basic or header',
  })),
  ...['per_user', 'per_workflow', 'per_risk', 'per_destination'].map((limit) => ({
    path: ['limits', limit],
    instead: 'per_tenant or per_effect',
  })),
  ...[['verify'], ['verify', 'by_key'], ['verify', 'by_id']].flatMap((look) => [
    { path: [...look, 'present', 'expect'], instead: 'one effect per entry' },
    { path: [...look, 'present', 'body'], instead: 'match' },
  ]),
  ...['by_key', 'by_id'].flatMap((look) => [
    { path: ['verify', look, 'next', 'until'], instead: 'while and max_pages' },
    { path: ['verify', look, 'decode'], instead: 'a look that answers JSON' },
  ]),
  { path: ['verify', 'keep'], instead: 'no keep' },
  { path: ['verify', 'callback'], instead: 'by_key' },
  { path: ['call', 'external_id', 're'], instead: '{ header: ... } whose whole value is the id, or a JSON Pointer' },
]

export const checkLater: Check = (document) => [
  ...NOT_YET.filter(({ path }) => at(document, ...path) !== undefined).map(({ path, instead }) =>
    notYet(path, String(path.at(-1)), instead),
  ),
  ...(at(document, 'ordering') === 'per_key' ? [notYet(['ordering'], 'per_key', 'ordering: none')] : []),
  ...answersLater(document),
]

function answersLater(document: unknown): Finding[] {
  const answers = at(document, 'answers')
  if (!Array.isArray(answers)) return []
  return answers.flatMap((rule, index) =>
    at(rule, 'retry_after') === undefined
      ? []
      : [notYet(['answers', index, 'retry_after'], 'retry_after', 'the Retry-After header')],
  )
}

function notYet(path: Path, what: string, instead: string): Finding {
  return { code: 'not_available_yet', path, message: `${what} is not available yet`, fix: instead }
}
