import { checkKey } from './check-key.ts'
import { checkLater } from './check-later.ts'
import { checkNumbers } from './check-numbers.ts'
import { checkPayload } from './check-payload.ts'
import { checkRollback } from './check-rollback.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkTemplates } from './check-templates.ts'
import { checkVerify } from './check-verify.ts'
import { fieldName, type Path, type SourceDocument } from './document.ts'
import type { Problem } from './problem.ts'

/** What a check has found, without the place, which follows from the path. */
export type Finding = Pick<Problem, 'code' | 'message' | 'fix'> & {
  readonly path: Path
  readonly severity?: Problem['severity']
}

/** Reads the plain document, whatever its shape, so that these are reported together with what the schema finds. */
export type Check = (document: unknown, leaseMs: number) => readonly Finding[]

const CHECKS: readonly Check[] = [
  checkLater,
  checkNumbers,
  checkKey,
  checkTemplates,
  checkSecrets,
  checkPayload,
  checkVerify,
  checkRollback,
]

export function checkContract(document: SourceDocument, leaseMs: number): Problem[] {
  return CHECKS.flatMap((check) => check(document.value, leaseMs)).map(({ path, ...finding }) => ({
    severity: 'error' as const,
    ...finding,
    file: document.file,
    ...document.valuePosition(path),
    field: fieldName(path),
  }))
}
