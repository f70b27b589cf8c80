import { z } from 'zod'
import type { Path } from '../check/document.ts'
import { exampleFor } from './examples.ts'
import { FIELD_DEFAULTS } from './field-defaults.ts'
import { contractSchema } from './schema.ts'
import { later } from './schema-leaves.ts'

/** As much of a JSON Schema as the contract's own one has. */
export type JsonSchema = {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: string | number | boolean
  /** What an editor says about a value that does not fit: the same words as `contracts check`. */
  readonly errorMessage?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
  readonly [keyword: string]: unknown
}

/** Begins the second paragraph of a description. */
export const EXAMPLE = 'Example: '
const NOT_YET = 'x-not-yet'

/**
 * The shape of a contract file for editors: completion, hover texts, and the first half of what `contracts check` finds. Draft 7, because
 * that is what editors know best. What only the checks can tell (relations between fields) is not in it.
 */
export function contractJsonSchema(): JsonSchema {
  memory ??= generate()
  return memory
}

// Nearest names are looked up for every unknown field, and a file may have thousands of those.
let memory: JsonSchema | undefined

function generate(): JsonSchema {
  const generated = z.toJSONSchema(contractSchema, {
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const expected = expectedBy(zodSchema)
      if (expected !== null) jsonSchema['errorMessage'] = `expected ${expected}`
      if (zodSchema === later) jsonSchema[NOT_YET] = true
    },
  }) as JsonSchema
  const { $schema, ...shape } = generated
  return {
    $schema,
    title: 'Readback effect contract',
    ...explained(shape, ''),
  }
}

/** The phrase behind "expected" in a problem; it stands in the schema as the error. */
function expectedBy(schema: z.core.$ZodType): string | null {
  const error: unknown = schema._zod.def.error
  const said: unknown = typeof error === 'function' ? error({}) : null
  return typeof said === 'string' ? said : null
}

/** With defaults and examples, and without what this version refuses. `field` is the path as the problems name it. */
function explained(schema: JsonSchema, field: string): JsonSchema {
  const { properties, anyOf, items, additionalProperties, ...rest } = schema
  const fallback = FIELD_DEFAULTS[field]
  const inner = typeof additionalProperties === 'object' ? explained(additionalProperties, '') : additionalProperties
  return withoutGaps({
    ...rest,
    ...hover(schema, field),
    default: fallback,
    properties: properties && members(properties, field),
    anyOf: anyOf?.map((branch) => explained(branch, field)),
    items: items && explained(items, field),
    additionalProperties: inner,
  })
}

function hover(schema: JsonSchema, field: string): { description?: string } {
  const example = field !== '' && mayFit(schema) ? exampleFor(field) : undefined
  const text = [schema.description, example === undefined ? undefined : `${EXAMPLE}${example}`]
  return text.some(Boolean) ? { description: text.filter(Boolean).join('\n\n') } : {}
}

/** Examples go by the last name of a field too, and `items: 0` is not `items: /data`. */
const mayFit = ({ type, anyOf, const: only }: JsonSchema): boolean =>
  typeof only !== 'number' && (type !== undefined || anyOf !== undefined)

const withoutGaps = (schema: Record<string, unknown>): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined))

function members(properties: Readonly<Record<string, JsonSchema>>, field: string): Record<string, JsonSchema> {
  const known = Object.entries(properties).filter(([, member]) => member[NOT_YET] !== true)
  return Object.fromEntries(
    known.map(([name, member]) => [name, explained(member, field === '' ? name : `${field}.${name}`)]),
  )
}

/** The fields that may stand below `path`, in the order of the schema. */
export function namesKnownAt(path: Path): readonly string[] {
  let places: readonly JsonSchema[] = [contractJsonSchema()]
  for (const segment of path) places = places.flatMap((place) => below(place, segment))
  return [...new Set(places.flatMap((place) => withBranches(place).flatMap(namesOf)))]
}

function below(place: JsonSchema, segment: PropertyKey): JsonSchema[] {
  return withBranches(place).flatMap(({ properties, items, additionalProperties }) => {
    if (typeof segment === 'number') return items === undefined ? [] : [items]
    const named = properties?.[String(segment)]
    if (named !== undefined) return [named]
    return typeof additionalProperties === 'object' ? [additionalProperties] : []
  })
}

const withBranches = (place: JsonSchema): readonly JsonSchema[] => [place, ...(place.anyOf ?? [])]

const namesOf = ({ properties }: JsonSchema): readonly string[] => Object.keys(properties ?? {})
