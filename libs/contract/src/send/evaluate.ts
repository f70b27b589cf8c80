import type { PreparedOrigins } from '../compile/prepared-origins.ts'
import type { Entry, SecretSource } from '../entry.ts'
import { applyFunction, type FunctionName } from './functions.ts'
import { sliceAt } from './json-slice.ts'
import { misfit, RenderFailure } from './render-failure.ts'
import type { Expression, Template } from './template.ts'

export { RenderFailure, type RenderFailureCode } from './render-failure.ts'

/** What the names in a template stand for. */
export type Scope = {
  readonly entry: Entry
  /** The key as re-shaped for the provider. */
  readonly key: string
  readonly externalId: string | null
  readonly secret: SecretSource
  /** What a look kept, as JSON text of an object: there for compensations only. */
  readonly kept?: string | null | undefined
  /** Where a prepared URL may point. */
  readonly preparedOrigins?: PreparedOrigins | undefined
  /** Characters that may still be read and written; without it there is no limit. */
  readonly work?: Work | undefined
}

export type Work = { left: number }

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
  let text = ''
  for (const part of template) text += typeof part === 'string' ? part : textOf(part, scope)
  return text
}

function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'payload':
      return { kind: 'json', text: sliceOf(expression, scope.entry.payload, expression.pointer, scope) }
    case 'prepare':
      return { kind: 'json', text: sliceOf(expression, scope.entry.prepared ?? '', [expression.name], scope) }
    case 'keep':
      return { kind: 'json', text: keptOf(expression, scope) }
    case 'name':
      return { kind: 'text', text: named(expression, scope) }
    case 'secret':
      return { kind: 'text', text: secretNamed(expression.name, scope) }
    case 'text':
      return { kind: 'text', text: renderText(expression.template, scope) }
    case 'call':
      return { kind: 'text', text: called(expression.fn, expression.argument, scope) }
  }
}

function called(fn: FunctionName, argument: Expression, scope: Scope): string {
  const text = fn === 'json' ? jsonOf(argument, scope) : applyFunction(fn, textOf(argument, scope))
  spend(scope, text.length * WRITING)
  return text
}

/** Null is what a look could not keep. */
function keptOf(expression: Extract<Expression, { kind: 'prepare' | 'keep' }>, scope: Scope): string {
  const text = sliceOf(expression, scope.kept ?? '', [expression.name], scope)
  if (text === 'null') throw missing(expression)
  return text
}

function sliceOf(expression: Expression, json: string, pointer: readonly string[], scope: Scope): string {
  spend(scope, json.length)
  const text = pointer.length === 0 ? json : sliceAt(json, pointer)
  if (text === null) throw missing(expression)
  return text
}

// Functions inside one another may multiply their text; it is stopped while it is still small.
const WRITING = 8

function spend(scope: Scope, chars: number): void {
  if (scope.work === undefined) return
  scope.work.left -= chars
  if (scope.work.left < 0) throw misfit('the templates of this request make too much of this payload')
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

function missing(expression: Expression): RenderFailure {
  return new RenderFailure('value_missing', `${describe(expression)} has no value in this entry`)
}

/** The expression as it is written in the contract, without the braces. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'payload':
      return expression.pointer.length === 0 ? 'payload' : `payload./${expression.pointer.join('/')}`
    case 'prepare':
    case 'keep':
      return `${expression.kind}.${expression.name}`
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
