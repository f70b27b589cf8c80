import type { Check, CheckOptions, Finding } from './check.ts'
import { checkAnswers } from './check-answers.ts'
import { checkAuth } from './check-auth.ts'
import { checkBodies } from './check-bodies.ts'
import { checkCallback } from './check-callback.ts'
import { checkCode } from './check-code.ts'
import { checkDecode } from './check-decode.ts'
import { checkKey } from './check-key.ts'
import { checkLater } from './check-later.ts'
import { checkLooks } from './check-looks.ts'
import { checkMail } from './check-mail.ts'
import { checkNumbers } from './check-numbers.ts'
import { checkPatterns } from './check-patterns.ts'
import { checkPayload } from './check-payload.ts'
import { checkPrepare } from './check-prepare.ts'
import { checkRequests } from './check-requests.ts'
import { checkRollback } from './check-rollback.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkTemplates } from './check-templates.ts'
import { checkVerify } from './check-verify.ts'
import { fieldName, type SourceDocument } from './document.ts'
import type { Problem } from './problem.ts'

const CHECKS: readonly Check[] = [
  checkLater,
  checkNumbers,
  checkKey,
  checkTemplates,
  checkSecrets,
  checkAuth,
  checkMail,
  checkPayload,
  checkRequests,
  checkPrepare,
  checkBodies,
  checkAnswers,
  checkVerify,
  checkLooks,
  checkCallback,
  checkDecode,
  checkCode,
  checkPatterns,
  checkRollback,
]

export function checkContract(document: SourceDocument, options: CheckOptions): Problem[] {
  const findings = CHECKS.flatMap((check) => check(document.value, options))
  // Two looks that share a rule share its fault.
  const unique = new Map(findings.map((finding) => [`${finding.code} ${fieldName(finding.path)}`, finding]))
  return [...unique.values()].map((finding) => placed(finding, document))
}

function placed({ path, ...finding }: Finding, document: SourceDocument): Problem {
  const position = document.valuePosition(path)
  return { severity: 'error', ...finding, file: document.file, ...position, field: fieldName(path) }
}
