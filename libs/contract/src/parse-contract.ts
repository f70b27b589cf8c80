import { checkContract } from './checks.ts'
import { compileContract } from './compile.ts'
import type { Contract } from './contract.ts'
import { documentOf, readYaml, type SourceDocument } from './document.ts'
import type { Problem } from './problem.ts'
import type { ContractDocument } from './schema.ts'
import { shapeProblems } from './shape-problems.ts'

export type ParseOptions = {
  /** How long a worker owns an entry; a call must fit into it twice. */
  readonly leaseMs?: number
}

export type ParsedContract =
  | { readonly ok: true; readonly contract: Contract; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const LEASE_MS = 60_000

/** Reads a contract file (YAML or JSON). All problems at once, with their places; never throws on what a file may hold. */
export function parseContract(text: string, file: string, options: ParseOptions = {}): ParsedContract {
  const { document, problems } = readYaml(text, file)
  return problems.length > 0 ? { ok: false, problems } : load(document, options)
}

/** The same checks for a contract that was kept as JSON. */
export function contractFromDocument(document: unknown, name = 'contract', options: ParseOptions = {}): ParsedContract {
  return load(documentOf(document, name), options)
}

function load(document: SourceDocument, { leaseMs = LEASE_MS }: ParseOptions): ParsedContract {
  const problems = [...shapeProblems(document), ...checkContract(document, leaseMs)].sort(byPlace)
  if (problems.some(({ severity }) => severity === 'error')) return { ok: false, problems }
  return { ok: true, contract: compileContract(document.value as ContractDocument), warnings: problems }
}

function byPlace(left: Problem, right: Problem): number {
  return left.line - right.line || left.column - right.column
}
