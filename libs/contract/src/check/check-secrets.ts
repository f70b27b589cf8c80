import { expressionsIn, parseTemplate } from '../send/template.ts'
import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'
import { requestPaths } from './request-paths.ts'

export const SECRET_NAME = /authorization|token|secret|password|api[-_]?key/i
const SECRET_IN_URL = /[?&](?:api[-_]?key|access[-_]?token|token|secret|password)=(?!\$\{)[^&]/i

/** A contract file is shared and kept for ever: it names secrets and never holds them. The problem does not repeat the text. */
export const checkSecrets: Check = (document) =>
  requestPaths(document).flatMap((request) => [
    ...suspectHeaders(document, request),
    ...suspectUrl(document, [...request, 'url']),
  ])

function suspectHeaders(document: unknown, request: Path): Finding[] {
  const headers = at(document, ...request, 'headers')
  if (typeof headers !== 'object' || headers === null) return []
  const suspects = Object.keys(headers).filter((name) => SECRET_NAME.test(name) && !/idempotency/i.test(name))
  return suspects.flatMap((name) => writtenOut(document, [...request, 'headers', name]))
}

function suspectUrl(document: unknown, path: Path): Finding[] {
  const url = at(document, ...path)
  return typeof url === 'string' && SECRET_IN_URL.test(url) ? [finding(path)] : []
}

export function writtenOut(document: unknown, path: Path): Finding[] {
  const text = at(document, ...path)
  return typeof text !== 'string' || namesASecret(text) ? [] : [finding(path)]
}

/** A broken template is somebody else's finding. */
function namesASecret(text: string): boolean {
  const parsed = parseTemplate(text)
  return !parsed.ok || expressionsIn(parsed.template).some(({ kind }) => kind === 'secret')
}

function finding(path: Path): Finding {
  const message = 'expected the name of a secret, got what looks like the secret itself'
  return { code: 'secret_in_file', path, message, fix: '"${secret:NAME}", and put the value into READBACK_SECRET_NAME' }
}
