import { AUTH_KINDS } from '../schema/schema-auth.ts'
import { expressionsIn, parseTemplate } from '../send/template.ts'
import { originOf, preparedName, urlProblem } from '../send/url-template.ts'
import type { Check, Finding } from './check.ts'
import { headerName, severalOf } from './check-requests.ts'
import { SECRET_NAME, writtenOut } from './check-secrets.ts'
import { at, type Path } from './document.ts'
import { authPaths, stepPaths } from './request-paths.ts'

/** Texts with `${token}`, which is no template of the entry. */
export const isTokenUse = (path: Path): boolean => path.includes('login') && path.includes('as')

export const checkAuth: Check = (document) => [
  ...authPaths(document)
    .filter((place) => typeof at(document, ...place) === 'object')
    .flatMap((place) => [
      ...severalOf(document, place, AUTH_KINDS),
      ...empty(document, place),
      ...secrets(document, place),
      ...shared(document, place),
      ...logIn(document, [...place, 'login']),
      ...headerName([...place, 'header', 'name'], at(document, ...place, 'header', 'name')),
    ]),
  ...places(document).flatMap((place) => elsewhere(document, place)),
]

function empty(document: unknown, place: Path): Finding[] {
  if (AUTH_KINDS.some((kind) => at(document, ...place, kind) !== undefined)) return []
  const message = `expected one of ${AUTH_KINDS.join(', ')}, got none`
  return [{ code: 'missing_field', path: place, message, fix: 'auth: { bearer: "${secret:NAME}" }' }]
}

const SECRETS: readonly Path[] = [
  ['bearer'],
  ['basic', 'password'],
  ['header', 'value'],
  ['oauth2_client', 'client_secret'],
  ['aws_sigv4', 'secret_key'],
  ['aws_sigv4', 'session_token'],
]

function secrets(document: unknown, place: Path): Finding[] {
  const inLogIn = ['headers', 'query', 'body'].flatMap((part) =>
    suspects(document, [...place, 'login', 'request', part]),
  )
  const hasNone = at(document, ...place, 'basic', 'password') === ''
  const fields = hasNone ? KEY_AS_USER : SECRETS
  return [...fields.map((field) => [...place, ...field]), ...inLogIn].flatMap((path) => writtenOut(document, path))
}

/** Without a password it is the user name that nobody may know. */
const KEY_AS_USER: readonly Path[] = SECRETS.map((field) => (field[0] === 'basic' ? ['basic', 'user'] : field))

/** Paths of texts whose field is called like a secret, at any depth. */
function suspects(document: unknown, path: Path): Path[] {
  const value = at(document, ...path)
  if (typeof value === 'string') return SECRET_NAME.test(String(path.at(-1))) ? [path] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.keys(value).flatMap((name) => suspects(document, [...path, name]))
}

const OF_ALL_ENTRIES = new Set(['tenant', 'effect'])

/** A token is fetched once for all entries, so nothing of one entry may be in it. */
function shared(document: unknown, place: Path): Finding[] {
  return ['oauth2_client', 'login'].flatMap((kind) =>
    texts(at(document, ...place, kind), [...place, kind])
      .filter(({ path, text }) => !isTokenUse(path) && namesTheEntry(text))
      .map(({ path }) => ({
        code: 'template_unknown_name' as const,
        path,
        message: 'expected secrets, the tenant or the effect, got something of one entry: a token is shared by all',
        fix: '"${secret:NAME}" or "${tenant}"',
      })),
  )
}

function namesTheEntry(text: string): boolean {
  const parsed = parseTemplate(text)
  if (!parsed.ok) return false
  return expressionsIn(parsed.template).some(({ kind, ...expression }) => {
    if (kind === 'secret' || kind === 'call' || kind === 'text') return false
    return !('name' in expression && kind === 'name' && OF_ALL_ENTRIES.has(expression.name))
  })
}

function texts(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => texts(child, [...path, name]))
}

function logIn(document: unknown, login: Path): Finding[] {
  return [
    ...headerName([...login, 'as', 'header'], at(document, ...login, 'as', 'header')),
    ...[
      [...login, 'as'],
      [...login, 'as', 'value'],
    ].flatMap((path) => tokenUse(path, at(document, ...path))),
  ]
}

function tokenUse(path: Path, text: unknown): Finding[] {
  if (typeof text !== 'string') return []
  const rest = text.split('${token}')
  if (rest.length === 2 && rest.every((part) => /^[\t\x20-\x7e]*$/.test(part) && !part.includes('${'))) return []
  const message = `expected a text with \${token} in it once, and no other value, got ${JSON.stringify(text.slice(0, 60))}`
  return [{ code: 'template_invalid', path, message, fix: '"Bearer ${token}"' }]
}

type Place = { readonly path: Path; readonly url: unknown; readonly own: unknown }

/** Where the contract's own credential might go. */
function places(document: unknown): readonly Place[] {
  const shared = at(document, 'verify', 'auth')
  const looks = ['by_key', 'by_id', 'canary'].map((name) => {
    const path = ['verify', name]
    const look = at(document, ...path)
    return { path, url: at(look, 'url') ?? at(look, 'read', 'url'), own: at(look, 'auth') ?? shared }
  })
  const steps = stepPaths(document).map((path) => {
    const step = at(document, ...path)
    return { path, url: at(step, 'request', 'url'), own: at(step, 'auth') }
  })
  return [...looks, ...steps]
}

/** The contract's credential belongs to the host that is called; what goes elsewhere must say what it may show there. */
function elsewhere(document: unknown, { path, url, own }: Place): Finding[] {
  const origin = originOf(url)
  if (at(document, 'auth') === undefined || own !== undefined || origin === null) return []
  const home = homeUrl(document)
  // A broken URL is somebody else's finding.
  const known = typeof home === 'string' && urlProblem(home) === null
  if (known ? originOf(home) === origin : at(document, 'call', 'smtp') === undefined) return []
  const message = `expected auth, since the credential of the call is not sent to ${origin}, got none`
  const fix = 'auth: { bearer: "${secret:ANOTHER_TOKEN}" } beside it or in verify, or auth: none'
  return [{ code: 'auth_elsewhere', path, message, fix }]
}

/** A link is called on behalf of the host that was asked for it. */
function homeUrl(document: unknown): unknown {
  const call = at(document, 'call', 'url')
  const [first] = stepPaths(document)
  const asked = typeof call === 'string' && preparedName(call) !== null && first !== undefined
  return asked ? at(document, ...first, 'request', 'url') : call
}
