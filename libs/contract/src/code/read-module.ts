import { createHash } from 'node:crypto'
import { documentOf, fieldName, type Path } from '../check/document.ts'
import { loadDocument, type ParsedContract, type ParseOptions } from '../check/parse-contract.ts'
import type { Problem } from '../check/problem.ts'
import type { Contract } from '../contract.ts'
import { isPlainObject } from '../read/match.ts'
import type { CustomCode } from './define-contract.ts'

const PARTS = ['call', 'look', 'classify'] as const

/** A module's default export, and the text that it came from: by its hash, changed code under the same version is found out. */
export type ModuleSource = { readonly file: string; readonly text: string; readonly exported: unknown }

/** The same checks as for a file. Problems have a field and no line: what was exported does not say where it was written. */
export function contractFromModule(source: ModuleSource, options: ParseOptions = {}): ParsedContract {
  const { file, exported } = source
  if (!isPlainObject(exported)) return refused(file, [NO_CONTRACT])
  const { custom = {}, ...rest } = exported
  const findings = [
    ...ownCode(rest),
    ...customFindings(custom),
    ...importFindings(source.text),
    ...dataFindings(rest, []),
  ]
  if (findings.length > 0) return refused(file, findings)
  const code = codeOf(custom as CustomCode, source.text)
  if (code === null) return loadDocument(documentOf(asJson(rest), file), options, 'file')
  const parsed = loadDocument(documentOf({ ...listed(asJson(rest), code), code }, file), options, 'kept')
  return parsed.ok ? { ...parsed, contract: withCode(parsed.contract, custom as CustomCode) } : parsed
}

/** A contract that was kept, with the code that it was kept with. */
export function withCode(contract: Contract, custom: CustomCode): Contract {
  if (contract.code === null) return contract
  const code = Object.freeze({ ...contract.code, custom: Object.freeze({ ...custom }) })
  return Object.freeze({ ...contract, code })
}

type Code = { sha256: string; call?: true; look?: true; classify?: true }

function codeOf(custom: CustomCode, text: string): Code | null {
  const parts = PARTS.filter((part) => custom[part] !== undefined)
  if (parts.length === 0) return null
  return { sha256: sha256Of(text), ...Object.fromEntries(parts.map((part) => [part, true])) }
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/** The list that `where` filters is what the look returns. */
function listed(document: Record<string, unknown>, code: Code): Record<string, unknown> {
  const { verify } = document
  if (code.look !== true || !isPlainObject(verify) || !isPlainObject(verify['by_key'])) return document
  return { ...document, verify: { ...verify, by_key: { items: '', ...verify['by_key'] } } }
}

const asJson = (value: object): Record<string, unknown> => JSON.parse(JSON.stringify(value)) as Record<string, unknown>

type Finding = Pick<Problem, 'code' | 'message' | 'fix'> & { readonly path: Path }

const NO_CONTRACT: Finding = {
  code: 'not_a_contract',
  path: [],
  message: 'expected a contract as the default export, got none',
  fix: 'export default { effect: "invoice.issue", version: 1, ..., custom: { call: async ({ http }) => http({ ... }) } }',
}

function ownCode(rest: object): Finding[] {
  if (!('code' in rest)) return []
  const message = 'expected only known fields, got "code", which is written here'
  return [{ code: 'unknown_field', path: ['code'], message, fix: 'custom: { call, look, classify }' }]
}

function customFindings(custom: unknown): Finding[] {
  const path: Path = ['custom']
  const fix = 'custom: { call, look, classify }, or those of them that are needed'
  if (!isPlainObject(custom))
    return [{ code: 'invalid_value', path, message: 'expected a map of functions, got another value', fix }]
  return Object.entries(custom).flatMap(([name, value]): Finding[] => {
    if (!(PARTS as readonly string[]).includes(name)) {
      const message = `expected call, look or classify, got ${JSON.stringify(name)}`
      return [{ code: 'unknown_field', path: [...path, name], message, fix }]
    }
    if (value === undefined || typeof value === 'function') return []
    const message = `expected a function, got a ${typeof value}`
    return [{ code: 'invalid_value', path: [...path, name], message, fix }]
  })
}

const OWN_IMPORT =
  /^[ \t]*(?:import|export)(?![ \t]+type\b)[^'"`;]*['"]\.{1,2}\/|\b(?:import|require)\([ \t]*['"`]\.{1,2}\//m

/** The hash is that of one text. */
function importFindings(text: string): Finding[] {
  if (!OWN_IMPORT.test(text)) return []
  const message =
    'expected all of its code in this file, got an import of another one, whose changes nobody would notice'
  return [{ code: 'invalid_value', path: ['custom'], message, fix: 'the code itself, or a package with a version' }]
}

const DEPTH_MAX = 64

/** JSON would drop a function and turn a date into a text, without a word. */
function dataFindings(value: unknown, path: Path): Finding[] {
  if (path.length > DEPTH_MAX) return [notData(path, 'a value that holds itself')]
  if (Array.isArray(value)) return value.flatMap((inner: unknown, index) => dataFindings(inner, [...path, index]))
  if (isPlainObject(value))
    return Object.entries(value).flatMap(([name, inner]) => dataFindings(inner, [...path, name]))
  const isData = value === null || value === undefined || ['string', 'boolean'].includes(typeof value)
  return isData || Number.isFinite(value) ? [] : [notData(path, `a ${typeof value}`)]
}

function notData(path: Path, got: string): Finding {
  const message = `expected plain data, as in YAML, got ${got}`
  return { code: 'invalid_value', path, message, fix: 'a text, a number, a list or a map; functions stand in custom' }
}

function refused(file: string, findings: readonly Finding[]): ParsedContract {
  const problems = findings.map(
    ({ path, ...finding }): Problem => ({
      severity: 'error',
      ...finding,
      file,
      line: 0,
      column: 0,
      field: fieldName(path),
    }),
  )
  return { ok: false, problems }
}
