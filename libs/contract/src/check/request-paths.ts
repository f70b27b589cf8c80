import { at, type Path } from './document.ts'

/** The steps of `prepare`, whether there is one or a list of them. */
export function stepPaths(document: unknown): readonly Path[] {
  const steps = at(document, 'prepare')
  if (Array.isArray(steps)) return steps.map((_, index) => ['prepare', index])
  return steps === undefined ? [] : [['prepare']]
}

const FIXED: readonly Path[] = [
  ['call'],
  ['verify', 'by_key', 'read'],
  ['verify', 'by_id', 'read'],
  ['verify', 'canary'],
]

/** Wherever a contract describes a request, one for a token included. */
export function requestPaths(document: unknown): readonly Path[] {
  return [
    ...stepPaths(document).map((step) => [...step, 'request']),
    ...FIXED,
    ...authPaths(document).map((auth) => [...auth, 'login', 'request']),
  ]
}

/** Wherever a credential may stand. */
export function authPaths(document: unknown): readonly Path[] {
  const looks = ['by_key', 'by_id', 'canary'].map((look) => ['verify', look, 'auth'])
  return [['auth'], ['verify', 'auth'], ...looks, ...stepPaths(document).map((step) => [...step, 'auth'])]
}
