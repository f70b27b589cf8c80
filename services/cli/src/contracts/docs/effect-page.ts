import type { Contract } from '@readback/contract'
import { callText } from '../call-text.ts'
import { type Case, casesOf } from './cases.ts'
import { durationText } from './duration-text.ts'

/** What a page says about an effect; the same for people and for programs. */
export type EffectPage = {
  effect: string
  version: number
  description: string
  risk: string
  provider_class: string
  request: string
  key: string
  protection: string
  reading_back: string
  payload: readonly { field: string; type: string; required: boolean; hidden: boolean }[]
  cases: readonly Case[]
  times: readonly { what: string; how_long: string }[]
  limits: readonly string[]
  undo: string
}

export function effectPage(contract: Contract): EffectPage {
  const { effect, version, description, risk, providerClass } = contract
  return {
    effect,
    version,
    description,
    risk,
    provider_class: providerClass,
    request: callText(contract),
    key: keyText(contract),
    protection: PROTECTION[providerClass],
    reading_back: readingText(contract),
    payload: payloadFields(contract),
    cases: casesOf(contract),
    times: timesOf(contract),
    limits: limitsOf(contract),
    undo: undoText(contract),
  }
}

const PROTECTION = {
  keyed:
    'The provider honours the key: every attempt carries the same one, and a call in doubt is looked for before it is repeated.',
  readable:
    'The provider acts on every call, but can be asked: no second call before two looks, after every delay, have seen nothing.',
  opaque: 'The provider neither honours a key nor can be asked: one call ever. What is in doubt goes to a person.',
} as const

const PLACES: Readonly<Record<string, (name: string | null) => string>> = {
  header: (name) => `in the header ${name}`,
  path: () => 'in the path',
  query: () => 'in the query',
  body: () => 'in the body',
  marker: () => 'in the body, as a marker that can be searched',
}

function keyText({ provider: { key }, keyFrom, document }: Contract): string {
  const names = keyFrom === null ? '' : `Made from ${keyFrom.join(', ')}. `
  if (key === null) return `${names}The provider gets none.`
  const place = PLACES[key.in]?.(key.header) ?? `as ${key.in.replaceAll('_', ' ')}`
  const lifetime = at(document, 'provider', 'key', 'lifetime')
  const memory = typeof lifetime === 'string' && /^\d/.test(lifetime) ? `, where it is remembered for ${lifetime}` : ''
  return `${names}Travels ${place}${memory}.`
}

function readingText({ verify }: Contract): string {
  if (verify.kind === 'none') return `Not at all: ${verify.reason}. Entries end acknowledged, never done.`
  const { read } = verify.byKey
  const byKey = `By its key: ${'kind' in read ? 'the code of custom.look' : `${read.method} ${read.url.text}`}.`
  const byId =
    verify.byId === null || 'kind' in verify.byId.read
      ? ''
      : ` By the provider's id, after one answered call: ${verify.byId.read.url.text}.`
  const canary =
    verify.canary === null ? '' : ` Before an absence is believed, ${verify.canary.read.url.text} must answer.`
  const sooner = verify.callback === null ? '' : ' Sooner when the provider calls back, which is a hint and no proof.'
  return `${byKey}${byId}${canary}${sooner}`
}

function payloadFields({ document, redact }: Contract): EffectPage['payload'] {
  const properties = at(document, 'payload', 'properties')
  const required = at(document, 'payload', 'required')
  const needed = Array.isArray(required) ? required.filter((name): name is string => typeof name === 'string') : []
  const names = new Set([
    ...needed,
    ...Object.keys(typeof properties === 'object' && properties !== null ? properties : {}),
  ])
  return [...names].map((field) => ({
    field,
    type: typeText(at(properties, field, 'type')),
    required: needed.includes(field),
    hidden: redact.some((pointer) => pointer[0] === field),
  }))
}

const typeText = (type: unknown): string => (typeof type === 'string' ? type : 'anything')

function timesOf({ call, verify, provider, retry, keyRetentionMs }: Contract): EffectPage['times'] {
  const looks =
    verify.kind === 'none'
      ? []
      : [{ what: 'looked for after a call, at most', how_long: durationText(verify.settle.forMs) }]
  const times: [string, number][] = [
    ['a call, at most', call.timeoutMs],
    ['how late the provider may still act', provider.maxExecutionDelayMs],
    ['attempts are made for', retry.deadlineMs],
    ['the pause before a second attempt grows from', retry.backoffFirstMs],
    ['... to', retry.backoffCapMs],
    ['a repeated enqueue is recognised for', keyRetentionMs],
  ]
  return [...looks, ...times.map(([what, ms]) => ({ what, how_long: durationText(ms) }))]
}

function limitsOf({ document, retry }: Contract): string[] {
  const named = (section: string, what: string) =>
    Object.entries(Object(at(document, section) ?? {})).map(
      ([name, value]) => `${what} ${words(name)}: ${plain(value)}`,
    )
  return [`attempts: ${retry.maxAttempts}`, ...named('limits', 'calls'), ...named('concurrency', 'calls at once')]
}

const words = (name: string): string => name.replaceAll('_', ' ')

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function undoText({ rollback }: Contract): string {
  switch (rollback.strategy) {
    case 'none':
      return 'It cannot be undone.'
    case 'manual_only':
      return 'A person undoes it.'
    case 'compensate':
      return `Another effect undoes it: ${rollback.effect}.`
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inside, name) =>
      typeof inside === 'object' && inside !== null && Object.hasOwn(inside, name)
        ? (inside as Record<string, unknown>)[name]
        : undefined,
    value,
  )
}
