import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { Problem } from './problem.ts'

export type Path = readonly PropertyKey[]
export type Position = { readonly line: number; readonly column: number }

/** A contract as plain data, and where each field stands in its file. */
export type SourceDocument = {
  readonly file: string
  readonly value: unknown
  /** Of the value at `path`; of the nearest one around it when there is none. */
  readonly valuePosition: (path: Path) => Position
  /** Of the name of the field, which is what a person looks for when the field is unknown. */
  readonly namePosition: (path: Path) => Position
}

export function readYaml(text: string, file: string): { document: SourceDocument; problems: Problem[] } {
  const lines = new LineCounter()
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problems = [
    ...[...yaml.errors, ...yaml.warnings].map((error) => syntaxProblem(file, at(error.pos[0]), error.message)),
    ...aliasesIn(yaml).map((offset) => syntaxProblem(file, at(offset), 'aliases (*name) are not available')),
  ]
  const root = yaml.contents as Node | null
  return {
    document: {
      file,
      value: problems.length > 0 ? undefined : yaml.toJS(),
      valuePosition: (path) => at(offsetAt(root, path, 'value')),
      namePosition: (path) => at(offsetAt(root, path, 'name')),
    },
    problems,
  }
}

/** An alias may hold itself, or a thousand copies of a thousand copies. */
function aliasesIn(yaml: Document): number[] {
  const offsets: number[] = []
  visit(yaml, { Alias: (_, alias) => void offsets.push(alias.range?.[0] ?? 0) })
  return offsets
}

function syntaxProblem(file: string, position: Position, message: string): Problem {
  const fix = 'YAML 1.2; quote texts that contain ": ", "{" or "#"'
  return {
    code: 'yaml_syntax',
    severity: 'error',
    file,
    ...position,
    field: '',
    message: `expected YAML, got an error: ${message}`,
    fix,
  }
}

function offsetAt(root: Node | null, path: Path, wanted: 'name' | 'value'): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const [depth, segment] of path.entries()) {
    const child = childOf(node, segment)
    if (child === null) return offset
    const last = depth === path.length - 1
    offset = (last && wanted === 'value' ? startOf(child.value) : child.start) ?? offset
    node = child.value
  }
  return offset
}

function childOf(node: unknown, segment: PropertyKey): { start: number | undefined; value: unknown } | null {
  if (isSeq(node)) {
    const value = node.items[Number(segment)]
    return value === undefined ? null : { start: startOf(value), value }
  }
  if (!isMap(node)) return null
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment))
  return pair === undefined ? null : { start: startOf(pair.key), value: pair.value }
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}

/** A contract that was kept as JSON has no lines. */
export function documentOf(value: unknown, name: string): SourceDocument {
  const nowhere = () => ({ line: 0, column: 0 })
  return { file: name, value, valuePosition: nowhere, namePosition: nowhere }
}

/** The value at `path` of plain data, or undefined. */
export function at(value: unknown, ...path: Path): unknown {
  let found = value
  for (const segment of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, segment)) return undefined
    found = (found as Record<PropertyKey, unknown>)[segment]
  }
  return found
}

export function fieldName(path: Path): string {
  return path.reduce<string>((name, segment) => {
    const plain = typeof segment === 'string' && /^[A-Za-z_][\w-]*$/.test(segment)
    if (!plain) return `${name}[${String(segment)}]`
    return name === '' ? segment : `${name}.${segment}`
  }, '')
}
