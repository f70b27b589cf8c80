import { contractJsonSchema, EXAMPLE, type JsonSchema } from './json-schema.ts'

/** One field of the language, as the reference shows it. */
export type FieldReference = {
  /** As the problems name it: `verify.by_key.read.url`; `[]` stands for each element of a list, `*` for each name of a map. */
  readonly field: string
  readonly expected: string
  readonly required: boolean
  readonly fallback: string | null
  readonly meaning: string
}

const INTRODUCTION = `# Contract reference

Every field of a contract file: what may stand there, what counts when it is left out, what it means. Made from the schema by
\`npm run contract-reference\`; [README.md](README.md) explains the ideas. For completion in an editor, begin a file with

\`\`\`yaml
# yaml-language-server: $schema=./contract.schema.json
\`\`\`

where \`readback contracts schema > contract.schema.json\` has written the schema beside it.
`

/** The reference page, from the same schema as everything else. */
export function contractReference(): string {
  const { properties = {}, required = [] } = contractJsonSchema()
  const fields = Object.entries(properties).map(([name, schema]) =>
    fieldsOf(name, schema, required.includes(name), new Map()),
  )
  const [first, ...others] = [
    fields.flatMap(([own]) => (own === undefined ? [] : [own])),
    ...fields.filter((rows) => rows.length > 1).map(([, ...below]) => below),
  ]
  const sections = others.map((rows) => `## ${rows[0]?.field.split(/[.[]/)[0]}\n\n${tableOf(rows)}`)
  return [INTRODUCTION, `## The whole\n\n${tableOf(first ?? [])}`, ...sections].join('\n')
}

/** `shown` holds the shapes that the section has described already, so that each is described once. */
function fieldsOf(field: string, schema: JsonSchema, required: boolean, shown: Map<string, string>): FieldReference[] {
  const own = describeField(field, schema, required)
  const shape = shapeOf(schema)
  const twin = shape === null ? undefined : shown.get(shape)
  if (twin !== undefined)
    return [{ ...own, meaning: [own.meaning, `Has the fields of \`${twin}\`.`].filter(Boolean).join('\n\n') }]
  if (shape !== null) shown.set(shape, field)
  return [own, ...childrenOf(field, schema, shown)]
}

function childrenOf(field: string, schema: JsonSchema, shown: Map<string, string>): FieldReference[] {
  const { properties = {}, required = [], anyOf = [], items, additionalProperties } = schema
  return [
    ...Object.entries(properties).flatMap(([name, member]) =>
      fieldsOf(`${field}.${name}`, member, required.includes(name), shown),
    ),
    ...anyOf.flatMap((branch) => childrenOf(field, branch, shown)),
    ...(items === undefined ? [] : childrenOf(`${field}[]`, items, shown)),
    ...(typeof additionalProperties === 'object' ? childrenOf(`${field}.*`, additionalProperties, shown) : []),
  ]
}

/** Null for a shape that has no fields of its own. */
function shapeOf(schema: JsonSchema): string | null {
  const names = childrenOf('', schema, new Map()).map(({ field }) => field)
  return names.length < 2 ? null : names.join(' ')
}

function describeField(field: string, schema: JsonSchema, required: boolean): FieldReference {
  const expected = schema.errorMessage?.replace(/^expected /, '') ?? typeText(schema)
  const description = schema.description ?? ''
  // What counts without a field that is no single value stands in words at the end of its description.
  const said = DEFAULT_SENTENCE.exec(description)?.[1] ?? null
  const fallback = schema.default === undefined ? said : String(schema.default)
  return { field, expected, required, fallback, meaning: description.replace(DEFAULT_SENTENCE, '') }
}

const DEFAULT_SENTENCE = /(?:^| )Default: ((?:[^.]|\.(?! |\n|$))+)\./

function typeText({ type }: JsonSchema): string {
  return type === undefined ? 'anything' : [type].flat().join(' or ')
}

function tableOf(rows: readonly FieldReference[]): string {
  const lines = rows.map(
    ({ field, expected, required, fallback, meaning }) =>
      `| \`${field}\` | ${cell(expected)} | ${required ? 'required' : cell(fallback ?? '')} | ${cell(marked(meaning))} |`,
  )
  return `| field | expected | default | meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`
}

/** With examples set as code. */
function marked(meaning: string): string {
  const paragraphs = meaning.split('\n\n').filter(Boolean)
  return paragraphs.map((text) => (text.startsWith(EXAMPLE) ? `\`${text.slice(EXAMPLE.length)}\`` : text)).join('<br>')
}

/** A `|` would end a cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
