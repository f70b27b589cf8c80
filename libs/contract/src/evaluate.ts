import { createHash } from 'node:crypto'
import type { Entry, SecretSource } from './entry.ts'
import { sliceAt } from './json-slice.ts'
import type { Expression, FunctionName, Template } from './template.ts'
import { uuid5 } from './uuid5.ts'

/** What the names in a template stand for. */
export type Scope = {
  readonly entry: Entry
  /** The key as re-shaped for the provider. */
  readonly key: string
  readonly externalId: string | null
  readonly secret: SecretSource
}

export const RENDER_FAILURES = ['key_does_not_fit', 'value_does_not_fit', 'value_missing', 'secret_missing'] as const
export type RenderFailureCode = (typeof RENDER_FAILURES)[number]

/** Thrown while rendering and caught by `renderCall` and the looks, which return it as a value. Names no value. */
export class RenderFailure extends Error {
  readonly code: RenderFailureCode
  constructor(code: RenderFailureCode, message: string) {
    super(message)
    this.name = 'RenderFailure'
    this.code = code
  }
}

/** A slice of the payload is still JSON text; everything else is plain text. */
type Value = { readonly kind: 'json' | 'text'; readonly text: string }

/** The value as JSON text: a slice of the payload verbatim, so that `1.10` stays `1.10`. */
export function jsonOf(expression: Expression, scope: Scope): string {
  const value = evaluate(expression, scope)
  return value.kind === 'json' ? value.text : JSON.stringify(value.text)
}

/** The value as text: a JSON string is decoded, a number keeps its spelling, null counts as missing. */
export function textOf(expression: Expression, scope: Scope): string {
  const value = evaluate(expression, scope)
  if (value.kind === 'text') return value.text
  if (value.text === 'null') throw missing(expression)
  return value.text.startsWith('"') ? (JSON.parse(value.text) as string) : value.text
}

export function renderText(template: Template, scope: Scope): string {
  return template.map((part) => (typeof part === 'string' ? part : textOf(part, scope))).join('')
}

function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'payload':
      return payloadAt(expression, scope)
    case 'name':
      return { kind: 'text', text: named(expression, scope) }
    case 'secret':
      return { kind: 'text', text: secretNamed(expression.name, scope) }
    case 'text':
      return { kind: 'text', text: renderText(expression.template, scope) }
    case 'call':
      return { kind: 'text', text: apply(expression.fn, textOf(expression.argument, scope)) }
  }
}

function payloadAt(expression: Extract<Expression, { kind: 'payload' }>, scope: Scope): Value {
  const text = expression.pointer.length === 0 ? scope.entry.payload : sliceAt(scope.entry.payload, expression.pointer)
  if (text === null) throw missing(expression)
  return { kind: 'json', text }
}

function named(expression: Extract<Expression, { kind: 'name' }>, scope: Scope): string {
  switch (expression.name) {
    case 'key':
      return scope.key
    case 'tenant':
      return scope.entry.tenant
    case 'effect':
      return scope.entry.effect
    case 'entry_id':
      return scope.entry.entryId
    case 'created_at':
      return scope.entry.createdAt
    case 'external_id':
      if (scope.externalId === null) throw missing(expression)
      return scope.externalId
  }
}

function secretNamed(name: string, scope: Scope): string {
  const secret = scope.secret(name)
  if (secret === undefined || secret === '')
    throw new RenderFailure('secret_missing', `the secret ${name} is not configured`)
  return secret
}

function apply(fn: FunctionName, text: string): string {
  switch (fn) {
    case 'sha256':
      return createHash('sha256').update(text, 'utf8').digest('hex')
    case 'base64':
      return Buffer.from(text, 'utf8').toString('base64')
    case 'lower':
      return text.toLowerCase()
    case 'uuid5':
      return uuid5(text)
  }
}

function missing(expression: Expression): RenderFailure {
  return new RenderFailure('value_missing', `${describe(expression)} has no value in this entry`)
}

/** The expression as it is written in the contract, without the braces. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'payload':
      return expression.pointer.length === 0 ? 'payload' : `payload./${expression.pointer.join('/')}`
    case 'name':
      return expression.name
    case 'secret':
      return `secret:${expression.name}`
    case 'text':
      return 'text'
    case 'call':
      return `${expression.fn}(${describe(expression.argument)})`
  }
}
