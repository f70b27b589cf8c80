import { ANSWER_MEANINGS } from '@readback/lifecycle'
import { z } from 'zod'
import { RATE } from './rate.ts'
import {
  choice,
  count,
  duration,
  lastingDuration,
  later,
  match,
  pointer,
  shape,
  status,
  text,
} from './schema-leaves.ts'
import { request } from './schema-request.ts'
import { verify } from './schema-verify.ts'

/** The authority on what a contract file may say: its shape. Relations between fields are in the checks. */
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
  timeout: lastingDuration,
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
