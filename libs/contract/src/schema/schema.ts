import { z } from 'zod'
import { RATE } from '../rate.ts'
import { answers } from './schema-answers.ts'
import { auth } from './schema-auth.ts'
import { httpCall, prepare } from './schema-call.ts'
import { choice, count, duration, later, pointer, shape, text } from './schema-leaves.ts'
import { mailCall } from './schema-mail.ts'
import { provider } from './schema-provider.ts'
import { verify } from './schema-verify.ts'

/** The authority on what a contract file may say: its shape. Relations between fields are in the checks. */
const call = z.union([httpCall, mailCall], { error: 'a request with a url, or a mail with smtp' })
const rate = z.string({ error: 'a rate with a unit' }).regex(RATE, { error: 'a rate with a unit' })
const rollback = shape({
  strategy: choice('none', 'compensate', 'manual_only').describe(
    'none: it cannot be undone; manual_only: a person does it; compensate: another effect does.',
  ),
  effect: text('the name of the effect that undoes this one')
    .optional()
    .describe('Name of the effect that undoes this one, for strategy: compensate.'),
  payload: z
    .unknown()
    .optional()
    .describe(
      'Payload of the undoing effect, with templates: payload, key, external_id, prepare.NAME and keep.NAME. Default: the payload of the entry.',
    ),
})
const retry = shape({
  max_attempts: count('a number of attempts').optional().describe('Calls in all, the first one included. Default: 8.'),
  backoff: shape({
    first: duration.optional().describe('Longest wait before the second attempt; doubles with each. Default: 1s.'),
    cap: duration.optional().describe('Longest wait before any attempt. Default: 10m.'),
  })
    .optional()
    .describe('Waits between attempts, with full jitter.'),
  deadline: duration
    .optional()
    .describe('No attempt begins later than this after the commit or the last replay. Default: 24h.'),
})
const limits = shape({
  per_tenant: rate.optional().describe('Calls a tenant may make, such as 20/min. Default: no limit.'),
  per_effect: rate.optional().describe('Calls of this effect in all, such as 100/s. Default: no limit.'),
  per_user: later,
  per_workflow: later,
  per_risk: later,
  per_destination: later,
})
const concurrency = shape({
  per_tenant: count('a number of calls')
    .optional()
    .describe('Calls of one tenant under way at a time. Default: no limit.'),
  per_destination: count('a number of calls')
    .optional()
    .describe('Calls to one host under way at a time. Default: no limit.'),
})

export const contractSchema = shape(
  {
    effect: z
      .string({ error: 'a name' })
      .regex(/^[A-Za-z][A-Za-z0-9_.:-]{0,127}$/, { error: 'a name of letters, digits and . _ : -' })
      .describe('Name of the effect, by which intents are enqueued.'),
    version: count('a whole number from 1 on').describe(
      'Raised with every change; entries keep the version they were written under.',
    ),
    description: z
      .string({ error: 'a text' })
      .optional()
      .describe('What the effect does, for people. Default: nothing.'),
    risk: choice('low', 'medium', 'high')
      .optional()
      .describe('How much is at stake; high demands a comparison with the payload. Default: medium.'),
    mode: later,
    payload: z
      .record(z.string(), z.unknown(), { error: 'a JSON Schema' })
      .optional()
      .describe('JSON Schema 2020-12 of the payload. Default: any JSON.'),
    redact: z
      .array(pointer, { error: 'a list of JSON Pointers' })
      .optional()
      .describe('Fields of the payload that are shown nowhere, as JSON Pointers. Default: none.'),
    key: shape({
      from: z
        .array(pointer, { error: 'a list of JSON Pointers' })
        .optional()
        .describe('Fields of the payload that make the intent, as JSON Pointers; the key is derived from them.'),
      retention: duration.optional().describe('How long a key is remembered here. Default: 30d.'),
    })
      .optional()
      .describe('How the intent is named.'),
    auth: auth
      .optional()
      .describe(
        'Credential of the call, and of every request to the same host that has none of its own; exactly one kind. Default: none.',
      ),
    call: call.describe('The request, or the mail, that makes the effect.'),
    prepare: prepare
      .optional()
      .describe(
        'Requests before the first attempt, such as one for an upload link; what they keep is stored before the call and serves every attempt.',
      ),
    provider: provider.describe('How the provider treats a key, and a second call with it.'),
    answers: answers.optional(),
    verify: verify.describe('How the effect is read back.'),
    retry: retry.optional().describe('How often and how long the call is tried.'),
    limits: limits.optional().describe('Rates that hold over all processes; waiting for one uses up no attempt.'),
    concurrency: concurrency.optional().describe('How many calls may be under way at a time.'),
    ordering: choice('none', 'per_key')
      .optional()
      .describe(
        'Whether entries of a tenant with one ordering key are called one after another: the next when the one before has ended. Default: none.',
      ),
    on_unknown: choice('reconcile', 'human').describe(
      'What happens when nobody knows whether it happened: reconcile reads back first, human asks a person.',
    ),
    rollback: rollback.describe('How it is undone.'),
    point_of_no_return: choice('call', 'none')
      .optional()
      .describe('After what the effect cannot be taken back: call, or none. Default: call.'),
    approval: later,
  },
  'a contract: a map of fields',
)
