import { at } from './check/document.ts'

/**
 * A payload that the schema would take, as far as the schema says what it wants: for tools that need any payload at all. Nobody's real data.
 * Callers must validate it: a `pattern` or a condition may want more than this knows.
 */
export function samplePayload(schema: unknown): unknown {
  return sample(schema, { root: schema, depth: 0 })
}

type Place = { readonly root: unknown; readonly depth: number }

const DEPTH_MAX = 16

function sample(schema: unknown, place: Place): unknown {
  if (typeof schema !== 'object' || schema === null || place.depth > DEPTH_MAX) return {}
  const given = suggested(schema)
  if (given !== undefined) return given
  const below = { ...place, depth: place.depth + 1 }
  const reference = at(schema, '$ref')
  if (typeof reference === 'string') return sample(resolved(place.root, reference), below)
  const branch = firstOf(schema, 'oneOf') ?? firstOf(schema, 'anyOf')
  return branch === undefined
    ? byType(schema, below)
    : sample({ ...branch, ...schema, oneOf: undefined, anyOf: undefined }, below)
}

function suggested(schema: object): unknown {
  return at(schema, 'const') ?? at(schema, 'default') ?? at(schema, 'examples', 0) ?? at(schema, 'enum', 0)
}

function firstOf(schema: object, keyword: string): object | undefined {
  const branch = at(schema, keyword, 0)
  return typeof branch === 'object' && branch !== null ? branch : undefined
}

/** `#/$defs/name`; nothing outside the schema is ever fetched. */
function resolved(root: unknown, reference: string): unknown {
  return reference.startsWith('#/') ? at(root, ...reference.slice(2).split('/')) : {}
}

function byType(schema: object, place: Place): unknown {
  const type = [at(schema, 'type')].flat().find((name) => name !== 'null')
  switch (type) {
    case 'string':
      return textFor(schema)
    case 'number':
    case 'integer':
      return numberFor(schema)
    case 'boolean':
      return true
    case 'array':
      return Array.from({ length: countOf(schema, 'minItems') }, () => sample(at(schema, 'items'), place))
    default:
      return objectFor(schema, place)
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'probe@example.com',
  uri: 'https://example.com/probe',
  date: '2026-11-01',
  'date-time': '2026-11-01T00:00:00Z',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function textFor(schema: object): string {
  const format = at(schema, 'format')
  const text = (typeof format === 'string' ? FORMATS[format] : undefined) ?? 'sample'
  const longest = at(schema, 'maxLength')
  const padded = text.padEnd(Math.min(countOf(schema, 'minLength'), 10_000), 'x')
  return typeof longest === 'number' ? padded.slice(0, longest) : padded
}

function numberFor(schema: object): number {
  const step = countOf(schema, 'multipleOf') || 1
  const least = Math.max(1, countOf(schema, 'minimum'), countOf(schema, 'exclusiveMinimum') + 1)
  const most = at(schema, 'maximum')
  const wanted = Math.ceil(least / step) * step
  return typeof most === 'number' ? Math.min(wanted, most) : wanted
}

function countOf(schema: object, keyword: string): number {
  const count = at(schema, keyword)
  return typeof count === 'number' ? count : 0
}

function objectFor(schema: object, place: Place): unknown {
  const required = at(schema, 'required')
  const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
  return Object.fromEntries(
    names.map((name) => [name, sample(at(schema, 'properties', name) ?? { type: 'string' }, place)]),
  )
}
