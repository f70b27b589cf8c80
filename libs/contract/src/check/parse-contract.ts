import { compileContract } from '../compile/compile.ts'
import type { Contract } from '../contract.ts'
import type { ContractDocument } from '../schema/schema-code.ts'
import type { CheckOptions } from './check.ts'
import { checkContract } from './checks.ts'
import { at, documentOf, readYaml, type SourceDocument } from './document.ts'
import type { Problem } from './problem.ts'
import { shapeProblems } from './shape-problems.ts'

/** What is kept may have code, and says so; a file may not. */
export type Origin = 'file' | 'kept'

/** Lease in milliseconds (60 s), and the effects that a compensation may name (any). */
export type ParseOptions = Partial<CheckOptions>

export type ParsedContract =
  | { readonly ok: true; readonly contract: Contract; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const LEASE_MS = 60_000

/** Reads a contract file (YAML or JSON). All problems at once, with their places; never throws on what a file may hold. */
export function parseContract(text: string, file: string, options: ParseOptions = {}): ParsedContract {
  const { document, problems } = readYaml(text, file)
  return problems.length > 0 ? { ok: false, problems } : loadDocument(document, options, 'file')
}

/** The name of the effect that a file is about, if it has one: known before any file is checked. */
export function effectNameIn(text: string): string | null {
  const name = at(readYaml(text, '').document.value, 'effect')
  return typeof name === 'string' ? name : null
}

/** The same checks for a contract that was kept as JSON. One with code has none of it until `withCode`. */
export function contractFromDocument(document: unknown, name = 'contract', options: ParseOptions = {}): ParsedContract {
  return loadDocument(documentOf(document, name), options, 'kept')
}

export function loadDocument(
  document: SourceDocument,
  { leaseMs = LEASE_MS, effects = null }: ParseOptions,
  origin: Origin,
): ParsedContract {
  const problems = [
    ...shapeProblems(document, origin === 'kept'),
    ...checkContract(document, { leaseMs, effects }),
  ].sort(byPlace)
  if (problems.some(({ severity }) => severity === 'error')) return { ok: false, problems }
  return { ok: true, contract: compileContract(document.value as ContractDocument), warnings: problems }
}

function byPlace(left: Problem, right: Problem): number {
  return left.line - right.line || left.column - right.column
}
