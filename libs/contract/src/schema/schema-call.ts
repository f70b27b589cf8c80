import { z } from 'zod'
import { externalId } from './schema-answers.ts'
import { ownAuth } from './schema-auth.ts'
import { decode, lastingDuration, pointer, shape, text } from './schema-leaves.ts'
import { method, request } from './schema-request.ts'

export const httpCall = shape({
  ...request,
  method: method.describe('HTTP method of the call, in capitals. One that is meant for reading needs effect_by_get.'),
  timeout: lastingDuration.describe(
    'For connecting, sending and receiving together, not an idle time. At most half of the lease.',
  ),
  decode: decode
    .optional()
    .describe('How the bodies of answers are read, whatever their label says; looks read theirs alike. Default: json.'),
  external_id: externalId.optional(),
  effect_by_get: z
    .literal(true, { error: 'true' })
    .optional()
    .describe('Says that this call acts though its method is one for reading. It is sent once, past every cache.'),
})

const origin = z
  .string({ error: 'an origin' })
  .regex(/^https?:\/\/[^/?#@\s$]+$/i, { error: 'an origin, such as https://upload.example' })
  .refine((text) => URL.canParse(text), { error: 'an origin, such as https://upload.example' })
const origins = z
  .array(origin)
  .min(1, { error: 'a list of origins' })
  .optional()
  .describe('Where a kept URL may point besides the host that answered. Credentials are not sent there.')
const kept = z.union(
  [
    pointer,
    shape({ at: pointer.describe('Where it stands in the answer.'), origins }),
    shape({
      header: text('a header name').describe('The header of the answer that holds it.'),
      re: text('a pattern').optional().describe('RE2 pattern whose first group is kept. Default: all of it.'),
      origins,
    }),
  ],
  { error: 'a JSON Pointer into the answer, or { header: location }' },
)
export type HttpCallSource = z.infer<typeof httpCall>
export type KeptSource = z.infer<typeof kept>

const step = shape(
  {
    request: shape(
      { ...request, method: method.optional().describe('HTTP method of the step. Default: POST.') },
      'a request with a url',
    ).describe('A request that is safe to repeat: it is made again when its answer was lost.'),
    keep: z
      .record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, { error: 'a name of small letters, digits and _' }), kept, {
        error: 'a map from names to JSON Pointers',
      })
      .describe('What is taken from the answer, by name: a text, a number or a boolean, for ${prepare.NAME}.'),
    auth: ownAuth,
  },
  'a step: { request: { url: ... }, keep: { link: /data/link } }',
)

/** Before the first attempt, once; what is kept goes into every attempt. */
export const prepare = z.union(
  [step, z.array(step).min(1, { error: 'a list of steps' }).max(8, { error: 'at most 8 steps' })],
  {
    error: 'a step or a list of steps',
  },
)
export type PrepareSource = z.infer<typeof prepare>
