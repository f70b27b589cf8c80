import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'
import { describe } from './evaluate.ts'
import type { Pointer } from './json-pointer.ts'
import { type Expression, expressionsIn, parseTemplate, type Template } from './template.ts'
import { urlProblem } from './url-template.ts'

/** Where templates may stand, and what exists there. The nearest root wins: `verify.by_id` before `verify`. */
type Root = { readonly path: Path; readonly externalId: boolean; readonly secrets: boolean }

const ROOTS: readonly Root[] = [
  { path: ['auth'], externalId: false, secrets: true },
  ...['url', 'query', 'headers', 'body'].map((part) => ({ path: ['call', part], externalId: false, secrets: true })),
  { path: ['answers'], externalId: false, secrets: false },
  ...['by_key', 'by_id'].flatMap((look) => [
    { path: ['verify', look, 'read'], externalId: look === 'by_id', secrets: true },
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
  { path: ['rollback', 'payload'], externalId: true, secrets: false },
]

export const checkTemplates: Check = (document) =>
  ROOTS.flatMap((root) =>
    textsIn(at(document, ...root.path), root.path).flatMap(({ path, text }) => checkText(document, root, path, text)),
  )

function checkText(document: unknown, root: Root, path: Path, text: string): Finding[] {
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
  const strangers = strangersIn(parsed.template, root, at(document, 'payload'), path)
  return path.at(-1) === 'url' ? [...strangers, ...malformedUrl(path, text)] : strangers
}

function strangersIn(template: Template, root: Root, schema: unknown, path: Path): Finding[] {
  return expressionsIn(template).flatMap((expression) => {
    const reason = strange(expression, root, schema)
    if (reason === null) return []
    const message = `expected a name that exists here, got \${${describe(expression)}}: ${reason.why}`
    return [{ code: 'template_unknown_name' as const, path, message, fix: reason.fix }]
  })
}

function strange(expression: Expression, root: Root, schema: unknown): { why: string; fix: string } | null {
  if (expression.kind === 'secret' && !root.secrets) {
    return { why: 'a secret may stand in requests only', fix: 'a value of the payload, or the key' }
  }
  if (expression.kind === 'name' && expression.name === 'external_id' && !root.externalId) {
    return {
      why: 'nobody knows the external id before the answer came',
      fix: '${key} here, or move it to verify.by_id',
    }
  }
  if (expression.kind === 'payload' && ruledOut(schema, expression.pointer)) {
    return { why: 'the payload schema does not allow it', fix: 'a field that is in payload.properties' }
  }
  return null
}

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
