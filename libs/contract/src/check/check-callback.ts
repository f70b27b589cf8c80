import { REFERENCES, SIGNATURES } from '../schema/schema-callback.ts'
import { describe } from '../send/evaluate.ts'
import { type Expression, expressionsIn, parseTemplate } from '../send/template.ts'
import type { Check, Finding } from './check.ts'
import { headerName, severalOf } from './check-requests.ts'
import { writtenOut } from './check-secrets.ts'
import { at, type Path } from './document.ts'

const CALLBACK: Path = ['verify', 'callback']
const FIND = [...CALLBACK, 'find']
const SIGNATURE = [...CALLBACK, 'signature']
const SECRETS: readonly Path[] = [
  [...SIGNATURE, 'standard_webhooks'],
  [...SIGNATURE, 'hmac_sha256', 'secret'],
]

/** A callback comes from anybody, and before anybody knows which entry it is about. */
export const checkCallback: Check = (document) => {
  if (at(document, ...CALLBACK) === undefined) return []
  return [
    ...nothingToLookAt(document),
    ...oneOf(document, FIND, REFERENCES, 'find: { key: /data/metadata/key }'),
    ...reshapedKey(document),
    ...unknownId(document),
    ...oneOf(document, SIGNATURE, SIGNATURES, 'signature: { standard_webhooks: "${secret:WEBHOOK_SECRET}" }, or none'),
    ...headerName([...SIGNATURE, 'hmac_sha256', 'header'], at(document, ...SIGNATURE, 'hmac_sha256', 'header')),
    ...SECRETS.flatMap((path) => writtenOut(document, path)),
    ...SECRETS.flatMap((path) => ofAnEntry(document, path, 'the name of a secret', isSecret)),
    ...textPaths(at(document, ...CALLBACK, 'when'), [...CALLBACK, 'when']).flatMap((path) =>
      ofAnEntry(document, path, 'a fixed value', () => false),
    ),
  ]
}

function nothingToLookAt(document: unknown): Finding[] {
  if (at(document, 'verify', 'none') === undefined) return []
  const message = 'expected no callback beside none, got one: it is a hint to look, and there is no way to look'
  return [{ code: 'invalid_value', path: CALLBACK, message, fix: 'by_key instead of none, or no callback' }]
}

function oneOf(document: unknown, path: Path, kinds: readonly string[], fix: string): Finding[] {
  const given = at(document, ...path)
  if (typeof given !== 'object' || given === null) return []
  if (kinds.some((kind) => at(given, kind) !== undefined)) return severalOf(document, path, kinds)
  return [{ code: 'missing_field', path, message: `expected one of ${kinds.join(', ')}, got none`, fix }]
}

/** What was made of the key cannot be turned back into it. */
function reshapedKey(document: unknown): Finding[] {
  const source = at(document, 'provider', 'key')
  const { as = 'raw', of = 'key' } = { as: at(source, 'as'), of: at(source, 'of') }
  const isBare = as === 'raw' && of === 'key'
  if (at(document, ...FIND, 'key') === undefined || isBare) return []
  const message =
    'expected another reference, since the provider knows the key re-shaped (provider.key.as, provider.key.of), got key'
  const fix =
    'find: { external_id: /data/id }, or { entry_id: /data/metadata/entry } where the call carries ${entry_id}'
  return [{ code: 'invalid_value', path: [...FIND, 'key'], message, fix }]
}

function unknownId(document: unknown): Finding[] {
  const isKnown = ['external_id', 'smtp'].some((field) => at(document, 'call', field) !== undefined)
  if (at(document, ...FIND, 'external_id') === undefined || isKnown) return []
  const message = 'expected call.external_id, since no entry has an external id without it, got none'
  const fix = 'call: { external_id: /id, ... }, or find: { key: /data/metadata/key }'
  return [{ code: 'invalid_value', path: [...FIND, 'external_id'], message, fix }]
}

const isSecret = ({ kind }: Expression): boolean => kind === 'secret'

function ofAnEntry(
  document: unknown,
  path: Path,
  expected: string,
  isFine: (expression: Expression) => boolean,
): Finding[] {
  const text = at(document, ...path)
  const parsed = typeof text === 'string' ? parseTemplate(text) : null
  const stranger = parsed?.ok ? expressionsIn(parsed.template).find((expression) => !isFine(expression)) : undefined
  if (stranger === undefined) return []
  const message = `expected ${expected}, got \${${describe(stranger)}}: nobody knows the entry before the callback is read`
  const fix = expected === 'a fixed value' ? 'when: { /type: invoice.finalized }' : '"${secret:WEBHOOK_SECRET}"'
  return [{ code: 'template_unknown_name', path, message, fix }]
}

function textPaths(value: unknown, path: Path): Path[] {
  if (typeof value === 'string') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => textPaths(child, [...path, name]))
}
