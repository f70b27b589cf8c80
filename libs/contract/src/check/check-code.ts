import type { Check, Finding } from './check.ts'
import { at } from './document.ts'

/** What code takes the place of. */
export const checkCode: Check = (document) => {
  if (at(document, 'code') === undefined) return []
  return [...ownSecrets(document), ...noAnswers(document)]
}

/** There is no request to put it into, and the host that it belongs to is nowhere written. */
function ownSecrets(document: unknown): Finding[] {
  if (at(document, 'code', 'call') !== true || at(document, 'auth') === undefined) return []
  const message = 'expected no auth, since code makes the call and asks for its own secrets, got one'
  const fix = 'secret("TOKEN") in custom.call, and verify.auth for looks that are requests'
  return [{ code: 'invalid_value', path: ['auth'], message, fix }]
}

function noAnswers(document: unknown): Finding[] {
  if (at(document, 'code', 'classify') !== true || at(document, 'call', 'smtp') === undefined) return []
  const message = 'expected no custom.classify, since the reply codes of SMTP have fixed meanings, got one'
  return [{ code: 'invalid_value', path: ['custom', 'classify'], message, fix: 'no custom.classify' }]
}
