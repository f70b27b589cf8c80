import { z } from 'zod'
import { choice, count, duration, shape, text } from './schema-leaves.ts'

const as = z.union(
  [
    z.enum(['raw', 'uuid5']),
    shape({
      sha256: z.enum(['hex', 'base64url']).describe('How the digest is written.'),
      length: z.int().min(8).max(64).optional().describe('Characters of the digest that are kept. Default: all.'),
      prefix: z.string().max(32).optional().describe('Stands before the digest. Default: nothing.'),
    }),
  ],
  { error: 'raw, uuid5 or { sha256: hex, length: 32, prefix: rb }' },
)
export const key = shape({
  in: choice('header', 'path', 'query', 'body', 'marker', 'message_id').describe(
    'Where the key travels: a header, the path (the client chooses the URL), the query, the body, a searchable marker in the body, or the Message-ID of a mail.',
  ),
  at: text('where the key stands')
    .optional()
    .describe('Name of the header for `in: header`; elsewhere a note for people, since ${key} stands in the template.'),
  of: choice('key', 'tenant_and_key', 'source_and_key', 'source_tenant_and_key')
    .optional()
    .describe(
      'What the provider is given: the key; with the tenant and a slash before it, where tenants share one account there; with the name of the database and a slash before that, where several databases do. Default: key.',
    ),
  as: as
    .optional()
    .describe(
      'How the key is re-shaped for the provider: as it is, as a UUID of version 5, or as a digest. Default: raw.',
    ),
  allowed: text('a pattern')
    .optional()
    .describe('RE2 pattern that the whole re-shaped key must match. What does not is refused, never cut or replaced.'),
  max_bytes: count('a number of bytes')
    .optional()
    .describe('How many bytes of UTF-8 the provider takes. A longer key is refused, never cut.'),
  case: choice('lower', 'upper')
    .optional()
    .describe(
      'The provider keeps keys in this case. A raw key in another case is refused; digests and UUIDs are written in it.',
    ),
  lifetime: z
    .union([duration, z.enum(['until_deleted', 'unknown'])], {
      error: 'a duration with a unit, until_deleted or unknown',
    })
    .optional()
    .describe(
      'How long the provider remembers the key. Default: unknown, which counts as ended after the first answer.',
    ),
  scope: choice('account', 'credential')
    .optional()
    .describe('Whether the provider keeps keys apart by account or by credential. Default: account.'),
})

export type KeySource = z.infer<typeof key>

export const provider = shape({
  key: key.optional().describe('How the key reaches the provider. Without it the provider never sees one.'),
  repeat: choice('same_answer', 'refused', 'overwrites', 'acts_again').describe(
    'What a second call with the same key does there. When in doubt: acts_again.',
  ),
  other_payload: choice('error', 'first_wins', 'overwrites', 'unknown')
    .optional()
    .describe('What a second call with the same key and another payload does there. Default: unknown.'),
  max_execution_delay: duration
    .optional()
    .describe('How late the provider may still act after a call was given up. Default: 30s.'),
})
