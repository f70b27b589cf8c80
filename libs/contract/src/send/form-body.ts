import { percentEncode } from './escape.ts'
import { jsonOf, renderText, type Scope } from './evaluate.ts'
import { childrenOf } from './json-slice.ts'
import { misfit } from './render-failure.ts'
import { type Expression, type Template, templateOf } from './template.ts'

/** A form, nested as far as its names in brackets: `a[b]=1&c[]=2&c[]=3`. */
export type FormNode =
  | { readonly kind: 'text'; readonly template: Template }
  /** One expression alone: a map or a list of the payload becomes names in brackets too. */
  | { readonly kind: 'value'; readonly expression: Expression }
  | { readonly kind: 'map'; readonly members: readonly (readonly [name: string, node: FormNode])[] }
  | { readonly kind: 'list'; readonly items: readonly FormNode[] }

/** Sorted, so that the bytes do not depend on how the document was kept. */
export function formNode(source: unknown): FormNode {
  if (Array.isArray(source)) return { kind: 'list', items: source.map(formNode) }
  if (typeof source !== 'object' || source === null) return leaf(templateOf(String(source)))
  const members = Object.entries(source).sort(([left], [right]) => (left < right ? -1 : 1))
  return { kind: 'map', members: members.map(([name, value]) => [name, formNode(value)] as const) }
}

function leaf(template: Template): FormNode {
  const [first, second] = template
  const alone = first !== undefined && second === undefined && typeof first !== 'string'
  return alone ? { kind: 'value', expression: first } : { kind: 'text', template }
}

// A name is repeated for every value below it, so a deep payload with long names would grow by the square.
const FORM_CHARS_MAX = 4 * 1024 * 1024

export function renderForm(root: FormNode, scope: Scope): string {
  const pairs: string[] = []
  let left = FORM_CHARS_MAX
  for (const [name, value] of fieldsOf(root, '', scope)) {
    const pair = `${percentEncode(name)}=${percentEncode(value)}`
    left -= pair.length
    if (left < 0) throw misfit(`a form of more than ${FORM_CHARS_MAX} characters`)
    pairs.push(pair)
  }
  return pairs.join('&')
}

type Field = readonly [name: string, value: string]

function* fieldsOf(node: FormNode, name: string, scope: Scope): Generator<Field> {
  if (node.kind === 'text') yield [named(name), renderText(node.template, scope)]
  else if (node.kind === 'value') yield* jsonFields(jsonOf(node.expression, scope), name, 0)
  else if (node.kind === 'list')
    for (const [at, item] of node.items.entries()) yield* fieldsOf(item, inList(name, isLeaf(item), at), scope)
  else for (const [member, child] of node.members) yield* fieldsOf(child, inMap(name, member), scope)
}

const isLeaf = ({ kind }: FormNode): boolean => kind === 'text' || kind === 'value'

const DEPTH_MAX = 32

/** Straight from the JSON text, so that numbers keep their spelling. */
function* jsonFields(json: string, name: string, depth: number): Generator<Field> {
  const children = childrenOf(json)
  if (children === null) {
    yield [named(name), scalar(json)]
    return
  }
  if (depth === DEPTH_MAX) throw misfit(`a form nested deeper than ${DEPTH_MAX}`)
  for (const [at, child] of children.entries()) {
    const inner = child.name === null ? inList(name, !/^[[{]/.test(child.json), at) : inMap(name, plain(child.name))
    yield* jsonFields(child.json, inner, depth + 1)
  }
}

/** Scalars of a list share one name; maps and lists in it are numbered, or their fields could not be told apart. */
function inList(name: string, isScalar: boolean, at: number): string {
  return isScalar ? `${named(name)}[]` : `${named(name)}[${at}]`
}

function inMap(name: string, member: string): string {
  return name === '' ? member : `${name}[${member}]`
}

function named(name: string): string {
  if (name === '') throw misfit('a form takes a map, and the payload has none there')
  return name
}

/** A bracket in the name of a member would make it the member of another. */
function plain(member: string): string {
  if (/[[\]]/.test(member) || member === '') throw misfit('a member name with brackets, or an empty one, in a form')
  return member
}

function scalar(json: string): string {
  if (json === 'null') throw misfit('null in a form')
  return json.startsWith('"') ? (JSON.parse(json) as string) : json
}
