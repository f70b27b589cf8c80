import { ANSWER_MEANINGS } from '@readback/lifecycle'
import { z } from 'zod'
import { DURATION } from './duration.ts'
import { POINTER } from './json-pointer.ts'
import { RATE } from './rate.ts'

/**
 * The authority on what a contract file may say. Every `error` is the phrase behind "expected" in a problem.
 * Relations between fields are in the checks; here is only the shape.
 */
const text = (expected: string) => z.string({ error: expected }).min(1, { error: expected })
const duration = z.string({ error: 'a duration with a unit' }).regex(DURATION, { error: 'a duration with a unit' })
const count = (expected: string) =>
  z.int({ error: expected }).min(1, { error: expected }).max(1_000_000, { error: expected })
const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` })
const pointer = z
  .string({ error: 'a JSON Pointer' })
  .regex(POINTER, { error: 'a JSON Pointer, empty or starting with /' })
const record = <V extends z.ZodType>(value: V, expected: string) => z.record(z.string(), value, { error: expected })
const shape = <S extends z.ZodRawShape>(fields: S, expected = 'a map') => z.strictObject(fields, { error: expected })
/** Known to the language, refused by the checks as not available yet. */
const later = z.unknown().optional()

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'a text, a number or a boolean' })
const statusNumber = z
  .int({ error: 'an HTTP status' })
  .min(100, { error: 'an HTTP status' })
  .max(599, { error: 'an HTTP status' })
const status = z.union([statusNumber, z.array(statusNumber).min(1)], { error: 'an HTTP status or a list of them' })

const valueTest = z.union(
  [
    scalar,
    z.null(),
    shape({ equals: z.unknown(), by: choice('number', 'lower', 'trim').optional() }).refine(
      (test) => test.equals !== undefined,
    ),
    shape({ exists: z.boolean() }),
  ],
  { error: 'a value, { equals: ..., by: number | lower | trim } or { exists: true }' },
)
const match = z.union([z.literal('all'), z.record(pointer, valueTest)], {
  error: 'a map from JSON Pointers to what must stand there, or all',
})

const body = shape(
  {
    json: z.unknown().optional(),
    text: z.string().optional(),
    type: text('a media type').optional(),
    form: record(scalar, 'a map of fields').optional(),
    multipart: later,
  },
  'one of json, text, form',
)
const headers = record(scalar, 'a map from header names to texts')
const request = {
  url: text('a URL'),
  query: record(scalar, 'a map from parameter names to texts').optional(),
  headers: headers.optional(),
  body: body.optional(),
  timeout: duration.optional(),
}
const read = shape(
  { ...request, method: text('an HTTP method').optional(), safe: z.boolean({ error: 'true or false' }).optional() },
  'a request with a url',
)

const present = shape(
  { status: status.optional(), match: match.optional(), expect: later, body: later },
  'a map with status and match',
)
const matchOnly = shape({ match })
const absentRule = shape({
  items: z.literal(0, { error: '0' }).optional(),
  status: status.optional(),
  match: match.optional(),
  missing: pointer.optional(),
})
const rules = {
  present: present.optional(),
  pending: matchOnly.optional(),
  failed: matchOnly.optional(),
  removed: matchOnly.optional(),
  absent: z.array(absentRule, { error: 'a list of rules' }).optional(),
}
const items = z.union([pointer, shape({ at: pointer, missing: z.literal('empty') })], {
  error: 'a JSON Pointer to the list, or { at: /data, missing: empty }',
})
const next = shape({
  query: record(pointer, 'a map from parameter names to JSON Pointers into the page'),
  while: pointer.optional(),
  max_pages: count('a number of pages').optional(),
  until: later,
})
const look = shape(
  { read, items: items.optional(), where: match.optional(), next: next.optional(), ...rules, decode: later },
  'a look with read',
)

const verify = shape(
  {
    none: text('the reason why the provider offers no way to look').optional(),
    ends: z.literal('acknowledged', { error: 'acknowledged' }).optional(),
    by_key: look.optional(),
    by_id: look.optional(),
    ...rules,
    canary: shape(
      { ...request, status: status.optional(), match: match.optional() },
      'a request with a url',
    ).optional(),
    settle: shape({ first: duration.optional(), every: duration.optional(), for: duration.optional() }).optional(),
    keep: later,
    callback: later,
  },
  'how to read the effect back, or { none: "why", ends: acknowledged }',
)

const auth = shape(
  {
    bearer: text('a secret').optional(),
    basic: shape({ user: text('a user name'), password: text('a secret') }).optional(),
    header: shape({ name: text('a header name'), value: text('a secret') }).optional(),
    oauth2_client: later,
    login: later,
    aws_sigv4: later,
  },
  'one of bearer, basic, header',
)
const key = shape({
  in: choice('header', 'path', 'query', 'body', 'marker'),
  at: text('where the key stands').optional(),
  as: z
    .union(
      [
        z.enum(['raw', 'uuid5']),
        shape({
          sha256: z.enum(['hex', 'base64url']),
          length: z.int().min(8).max(64).optional(),
          prefix: z.string().max(32).optional(),
        }),
      ],
      { error: 'raw, uuid5 or { sha256: hex, length: 32, prefix: rb }' },
    )
    .optional(),
  allowed: text('a pattern').optional(),
  max_bytes: count('a number of bytes').optional(),
  lifetime: z
    .union([duration, z.enum(['until_deleted', 'unknown'])], {
      error: 'a duration with a unit, until_deleted or unknown',
    })
    .optional(),
  scope: choice('account', 'credential').optional(),
  case: later,
})
const provider = shape({
  key: key.optional(),
  repeat: choice('same_answer', 'refused', 'overwrites', 'acts_again'),
  other_payload: choice('error', 'first_wins', 'overwrites', 'unknown').optional(),
  max_execution_delay: duration.optional(),
})
const call = shape({
  ...request,
  method: choice('POST', 'PUT', 'PATCH', 'DELETE'),
  timeout: duration,
  external_id: z
    .union([pointer, shape({ header: text('a header name'), re: later })], {
      error: 'a JSON Pointer into the answer, or { header: location }',
    })
    .optional(),
  effect_by_get: later,
})
const rate = z.string({ error: 'a rate with a unit' }).regex(RATE, { error: 'a rate with a unit' })
const rollback = shape({
  strategy: choice('none', 'compensate', 'manual_only'),
  effect: text('the name of the effect that undoes this one').optional(),
  payload: z.unknown().optional(),
})

export const contractSchema = shape(
  {
    effect: z
      .string({ error: 'a name' })
      .regex(/^[A-Za-z][A-Za-z0-9_.:-]{0,127}$/, { error: 'a name of letters, digits and . _ : -' }),
    version: count('a whole number from 1 on'),
    description: z.string({ error: 'a text' }).optional(),
    risk: choice('low', 'medium', 'high').optional(),
    mode: later,
    payload: z.record(z.string(), z.unknown(), { error: 'a JSON Schema' }).optional(),
    redact: z.array(pointer, { error: 'a list of JSON Pointers' }).optional(),
    key: shape({
      from: z.array(pointer, { error: 'a list of JSON Pointers' }).optional(),
      retention: duration.optional(),
    }).optional(),
    auth: auth.optional(),
    call,
    prepare: later,
    provider,
    answers: z
      .array(
        shape({
          status: status.optional(),
          match: match.optional(),
          means: choice(...ANSWER_MEANINGS),
          retry_after: later,
        }),
        { error: 'a list of rules' },
      )
      .optional(),
    verify,
    retry: shape({
      max_attempts: count('a number of attempts').optional(),
      backoff: shape({ first: duration.optional(), cap: duration.optional() }).optional(),
      deadline: duration.optional(),
    }).optional(),
    limits: shape({
      per_tenant: rate.optional(),
      per_effect: rate.optional(),
      per_user: later,
      per_workflow: later,
      per_risk: later,
      per_destination: later,
    }).optional(),
    concurrency: shape({
      per_tenant: count('a number of calls').optional(),
      per_destination: count('a number of calls').optional(),
    }).optional(),
    ordering: choice('none', 'per_key').optional(),
    on_unknown: choice('reconcile', 'human'),
    rollback,
    point_of_no_return: choice('call', 'none').optional(),
    approval: later,
  },
  'a contract: a map of fields',
)

export type ContractDocument = z.infer<typeof contractSchema>
