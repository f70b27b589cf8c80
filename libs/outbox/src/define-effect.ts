import type { ZodType } from 'zod'
import { exactJson } from './exact-json.ts'
import { PayloadError } from './outbox-error.ts'

/** A kind of effect, with the shape of its payload. */
export type Effect<Input, Output = Input> = {
  readonly name: string
  readonly schema: ZodType<Output, Input>
  /** Names the intent from its payload, for intents that bring no key of their own. */
  readonly key?: (payload: Output) => string
}

/** An effect whose keys are derived, so that nobody can forget one. */
export type KeyedEffect<Input, Output = Input> = Effect<Input, Output> & { readonly key: (payload: Output) => string }

/**
 *     const invoiceIssue = defineEffect('invoice.issue', z.object({ customer: z.string(), period: z.string() }), {
 *       key: (payload) => keyOf(payload.customer, payload.period),
 *     })
 */
export function defineEffect<Input, Output>(
  name: string,
  schema: ZodType<Output, Input>,
  options: { key: (payload: Output) => string },
): KeyedEffect<Input, Output>
export function defineEffect<Input, Output>(name: string, schema: ZodType<Output, Input>): Effect<Input, Output>
export function defineEffect<Input, Output>(
  name: string,
  schema: ZodType<Output, Input>,
  options: { key?: (payload: Output) => string } = {},
): Effect<Input, Output> {
  return { name, schema, ...options }
}

/** The payload's JSON text and the key: its own, or the derived one. */
export function namedPayload<Input, Output>(
  effect: Effect<Input, Output>,
  intent: { payload: Input; key?: string },
): { payload: string; key: string | null } {
  const parsed = effect.schema.safeParse(intent.payload)
  if (!parsed.success) throw invalid(effect.name, parsed.error.issues)
  return { payload: exactJson(parsed.data), key: intent.key ?? effect.key?.(parsed.data) ?? null }
}

function invalid(name: string, issues: readonly { path: PropertyKey[]; message: string }[]): PayloadError {
  const [first] = issues
  const path = (first?.path ?? []).map((step) => `/${String(step)}`).join('')
  return new PayloadError(path, `is not what ${name} takes: ${first?.message ?? 'it does not match'}`, {
    cause: issues,
  })
}
