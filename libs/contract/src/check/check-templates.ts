import type { Pointer } from '../read/json-pointer.ts'
import { describe } from '../send/evaluate.ts'
import { QUOTE_SAFE } from '../send/functions.ts'
import { type Expression, expressionsIn, parseTemplate, type Template } from '../send/template.ts'
import { urlProblem } from '../send/url-template.ts'
import type { Check, Finding } from './check.ts'
import { isTokenUse } from './check-auth.ts'
import { at, type Path } from './document.ts'
import { authPaths, stepPaths } from './request-paths.ts'

/** Where templates may stand, and what exists there. The nearest root wins: `verify.by_id` before `verify`. */
type Root = { readonly path: Path; readonly externalId: boolean; readonly secrets: boolean }

const ROOTS: readonly Root[] = [
  ...['url', 'query', 'headers', 'body'].map((part) => ({ path: ['call', part], externalId: false, secrets: true })),
  { path: ['call', 'mail'], externalId: false, secrets: false },
  { path: ['answers'], externalId: false, secrets: false },
  ...['by_key', 'by_id'].flatMap((look) => [
    { path: ['verify', look, 'read'], externalId: look === 'by_id', secrets: true },
    { path: ['verify', look, 'next', 'until'], externalId: false, secrets: false },
    ...['where', 'present', 'pending', 'failed', 'removed', 'absent'].map((rule) => ({
      path: ['verify', look, rule],
      externalId: look === 'by_id',
      secrets: false,
    })),
  ]),
  ...['present', 'pending', 'failed', 'removed', 'absent'].map((rule) => ({
    path: ['verify', rule],
    externalId: false,
    secrets: false,
  })),
  { path: ['verify', 'canary'], externalId: false, secrets: true },
  { path: ['verify', 'callback', 'when'], externalId: false, secrets: false },
  { path: ['verify', 'callback', 'signature'], externalId: false, secrets: true },
  { path: ['rollback', 'payload'], externalId: true, secrets: false },
]

export const checkTemplates: Check = (document) =>
  [...ofRequests(document), ...ROOTS].flatMap((root) =>
    textsIn(at(document, ...root.path), root.path).flatMap(({ path, text }) => checkText(document, root, path, text)),
  )

function ofRequests(document: unknown): readonly Root[] {
  const steps = stepPaths(document).map((step) => [...step, 'request'])
  return [...authPaths(document), ...steps].map((path) => ({ path, externalId: false, secrets: true }))
}

function checkText(document: unknown, root: Root, path: Path, text: string): Finding[] {
  if (isTokenUse(path)) return []
  const parsed = parseTemplate(text)
  if (!parsed.ok) {
    const message = `expected ${parsed.expected}, got ${parsed.got}`
    return [
      {
        code: parsed.code,
        path,
        message,
        fix: '"${key}", "${payload./amount}" or "${secret:NAME}"; $${ stands for a plain ${',
      },
    ]
  }
  return [
    ...strangersIn(parsed.template, root, document, path),
    ...(path.at(-1) === 'url' || path.at(-1) === 'token_url' ? malformedUrl(path, text) : []),
    ...(isQuery(path) ? openLiterals(parsed.template, path) : []),
  ]
}

function strangersIn(template: Template, root: Root, document: unknown, path: Path): Finding[] {
  return expressionsIn(template).flatMap((expression) => {
    const reason = strange(expression, root, document)
    if (reason === null) return []
    const message = `expected a name that exists here, got \${${describe(expression)}}: ${reason.why}`
    return [{ code: 'template_unknown_name' as const, path, message, fix: reason.fix }]
  })
}

type Reason = { why: string; fix: string }

function strange(expression: Expression, root: Root, document: unknown): Reason | null {
  switch (expression.kind) {
    case 'secret':
      return root.secrets
        ? null
        : { why: 'a secret may stand in requests only', fix: 'a value of the payload, or the key' }
    case 'prepare':
      return unprepared(expression.name, root, document)
    case 'keep':
      return unkept(expression.name, root, document)
    case 'payload':
      if (!ruledOut(at(document, 'payload'), expression.pointer)) return null
      return { why: 'the payload schema does not allow it', fix: 'a field that is in payload.properties' }
    case 'name':
      if (expression.name !== 'external_id') return null
      if (root.path[0] === 'rollback') return unnamed(document)
      if (root.externalId) return null
      return {
        why: 'nobody knows the external id before the answer came',
        fix: '${key} here, or move it to verify.by_id',
      }
    default:
      return null
  }
}

/** A compensation is written from the receipt, and that has no id where nothing says where one stands. */
function unnamed(document: unknown): Reason | null {
  if (at(document, 'call', 'external_id') !== undefined || at(document, 'code', 'call') === true) return null
  return { why: 'call.external_id does not say where it stands', fix: 'call: { external_id: /id, ... }' }
}

/** A step sees what the steps before it kept; everything after them sees all of it. */
function unprepared(name: string, root: Root, document: unknown): Reason | null {
  const steps = stepPaths(document)
  const self = steps.findIndex(
    (step) => root.path[0] === 'prepare' && String(step) === String(root.path.slice(0, step.length)),
  )
  const before = self < 0 ? steps : steps.slice(0, self)
  if (before.some((step) => at(document, ...step, 'keep', name) !== undefined)) return null
  return {
    why: `no step of prepare before it keeps ${name}`,
    fix: `prepare: { request: ..., keep: { ${name}: /data/${name} } }`,
  }
}

function unkept(name: string, root: Root, document: unknown): Reason | null {
  if (root.path[0] !== 'rollback')
    return { why: 'what a look kept is there for rollback.payload only', fix: '${external_id} or ${key}' }
  if (at(document, 'verify', 'keep', name) !== undefined) return null
  return { why: `verify.keep does not name ${name}`, fix: `verify: { keep: { ${name}: /latest_${name} }, ... }` }
}

/** The query of a URL, or one parameter of it: where filter expressions are written. */
function isQuery(path: Path): boolean {
  return path.at(-1) === 'url' || path.at(-2) === 'query'
}

/** Percent-encoding ends when the provider reads the query: a quote in the value would then end the literal around it. */
function openLiterals(template: Template, path: Path): Finding[] {
  let quote = ''
  return template.flatMap((part) => {
    if (typeof part === 'string') {
      quote = quoteAfter(part, quote)
      return []
    }
    if (quote === '' || (part.kind === 'call' && QUOTE_SAFE.has(part.fn))) return []
    const message = `expected sql(...) or backslash(...) around a value in quotes, or it could end them, got \${${describe(part)}}`
    const fix = `\${sql(${describe(part)})} where quotes are doubled, \${backslash(${describe(part)})} where they are escaped`
    return [{ code: 'literal_unescaped' as const, path, message, fix }]
  })
}

/** The quote that is open behind `text`, or nothing; the next parameter begins anew. */
function quoteAfter(text: string, before: string): string {
  let open = before
  for (const [found] of text.matchAll(/["'&]|%2[27]/g)) {
    const char = QUOTES[found] ?? found
    if (char === '&' || char === open) open = ''
    else if (open === '') open = char
  }
  return open
}

const QUOTES: Readonly<Record<string, string>> = { '%22': '"', '%27': "'" }

/** Only what a closed schema excludes for certain. */
function ruledOut(schema: unknown, pointer: Pointer): boolean {
  let inner = schema
  for (const token of pointer) {
    const closed = at(inner, 'additionalProperties') === false && at(inner, 'patternProperties') === undefined
    const next = at(inner, 'properties', token)
    if (next === undefined) return closed && at(inner, 'type') === 'object'
    inner = next
  }
  return false
}

function malformedUrl(path: Path, text: string): Finding[] {
  const expected = urlProblem(text)
  if (expected === null) return []
  return [
    {
      code: 'invalid_value',
      path,
      message: `expected ${expected}, got ${shownUrl(text)}`,
      fix: 'url: https://billing.example/v1/invoices',
    },
  ]
}

/** Without what may hold a credential. */
function shownUrl(text: string): string {
  return text.includes('@') ? 'another text' : JSON.stringify(text.split('?')[0]?.slice(0, 60))
}

function textsIn(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => textsIn(child, [...path, name]))
}
