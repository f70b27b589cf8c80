import { z } from 'zod'
import { choice, fields, pattern, pointer, shape, text } from './schema-leaves.ts'

export const REFERENCES = ['key', 'external_id', 'entry_id'] as const
export const SIGNATURES = ['standard_webhooks', 'hmac_sha256'] as const
export const SIGNATURE_ENCODINGS = ['hex', 'base64'] as const

const place = z.union(
  [
    pointer,
    shape({
      at: pointer.describe('JSON Pointer to the text that the reference stands in.'),
      re: pattern.describe('RE2 pattern whose group, or all of which, is the reference.'),
    }),
  ],
  { error: 'a JSON Pointer, or { at: /id, re: "([^/]+)$" }' },
)
const secret = text('a secret by its name')
const hmac = shape(
  {
    header: text('a header name').describe('Header in which the signature comes.'),
    secret: secret.describe('The secret by its name; the text behind it is the key.'),
    prefix: z.string({ error: 'a text' }).optional().describe('What stands before the signature. Default: nothing.'),
    encoding: choice(...SIGNATURE_ENCODINGS)
      .optional()
      .describe('How the signature is written. Default: hex.'),
  },
  'a map with header and secret',
)

/** A request of the provider to us: a hint that something may be seen now, and no more than that. */
export const callback = shape(
  {
    find: shape(
      {
        key: place.optional().describe('JSON Pointer to the key of the entry, which the provider gives back as it is.'),
        external_id: place.optional().describe('JSON Pointer to the external id of the thing.'),
        entry_id: place
          .optional()
          .describe(
            'JSON Pointer to the id of the entry, where the call carries ${entry_id} and the provider gives it back.',
          ),
      },
      'a map with key, external_id or entry_id',
    ).describe('Where the callback says which entry it is about; exactly one place.'),
    when: fields
      .optional()
      .describe(
        'What must stand in the callback, by JSON Pointer, for it to count at all. Default: every callback counts.',
      ),
    signature: z
      .union(
        [
          z.literal('none'),
          shape(
            {
              standard_webhooks: secret
                .optional()
                .describe('Signed by Standard Webhooks; the secret by its name, with or without whsec_ before it.'),
              hmac_sha256: hmac.optional().describe('Signed by HMAC-SHA-256 over the bytes of the body.'),
            },
            'a map with standard_webhooks or hmac_sha256',
          ),
        ],
        { error: 'standard_webhooks, hmac_sha256 or none' },
      )
      .describe(
        'How the provider signs its callbacks. Unsigned ones can only make us look earlier; that too must be said: none.',
      ),
  },
  'a map with find and signature',
)

export type CallbackSource = z.infer<typeof callback>
