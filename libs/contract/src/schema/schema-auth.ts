import { z } from 'zod'
import { choice, lastingDuration, pointer, shape, text } from './schema-leaves.ts'
import { request } from './schema-request.ts'

const secret = (what: string) => text('a secret').describe(what)

const basic = shape({
  user: text('a user name').describe('User name; where it is a key that must be kept secret, as "${secret:NAME}".'),
  password: z
    .string({ error: 'a secret' })
    .describe('Password, as "${secret:NAME}"; or "" where the key is the user name, and there is none.'),
}).describe('Basic credentials; for mail, the log-in of SMTP AUTH.')

const header = shape({
  name: text('a header name').describe('Name of the header that carries the secret.'),
  value: secret('Its value, with the secret as "${secret:NAME}".'),
}).describe('A secret in a header of its own.')

const lifetime = lastingDuration
  .optional()
  .describe('How long a token lives, where the answer does not say expires_in. Default: until it is refused.')

const oauth2Client = shape({
  token_url: text('a URL').describe('Where tokens are given: an absolute http(s) URL.'),
  client_id: text('a client id').describe('Name of the client.'),
  client_secret: secret('Secret of the client, as "${secret:NAME}".'),
  scope: text('scopes').optional().describe('Scopes that are asked for, separated by spaces. Default: none named.'),
  audience: text('an audience').optional().describe('Audience that is asked for. Default: none named.'),
  auth: choice('basic', 'body')
    .optional()
    .describe('Whether id and secret go as basic credentials or in the form of the token request. Default: basic.'),
  lifetime,
}).describe('A token by client credentials (OAuth 2), shared by all calls and renewed before it ends.')

const tokenPlace = z
  .union(
    [
      pointer,
      shape({ header: text('a header name').describe('Header of the log-in answer whose value is the token.') }),
      shape({ cookie: text('the name of a cookie').describe('Cookie of the log-in answer whose value is the token.') }),
    ],
    { error: 'a JSON Pointer into the answer, { header: X-Token } or { cookie: SESSION }' },
  )
  .describe('Where the token stands in the answer to the log-in.')

const tokenUse = z
  .union(
    [
      text('a text with ${token}'),
      shape({
        header: text('a header name').describe('Header that carries the token.'),
        value: text('a text with ${token}').optional().describe('Its value. Default: "${token}".'),
      }),
    ],
    { error: '"Bearer ${token}" or { header: X-Token }' },
  )
  .describe(
    'How requests carry the token. Default: "Bearer ${token}" in authorization; a cookie goes back as a cookie.',
  )

const login = shape({
  request: shape(
    { ...request, method: text('an HTTP method').optional().describe('Method of the log-in. Default: POST.') },
    'a request with a url',
  ).describe('The request that logs in. It may name secrets and the tenant, nothing of an entry.'),
  token: tokenPlace,
  as: tokenUse.optional(),
  expires_in: pointer
    .optional()
    .describe('Where the answer says, in seconds, how long the token lives. Default: /expires_in.'),
  lifetime,
}).describe('A token by a log-in request, shared by all calls and renewed before it ends.')

const awsSigv4 = shape({
  region: text('a region').describe('Region that the signature names, such as eu-central-1.'),
  service: text('a service').describe('Service that the signature names, such as s3 or sqs.'),
  access_key: text('an access key id').describe('Id of the access key.'),
  secret_key: secret('Secret of the access key, as "${secret:NAME}".'),
  session_token: secret('Token of temporary credentials, as "${secret:NAME}". Default: none.').optional(),
}).describe('Signs each request by AWS Signature Version 4, its body included.')

export const AUTH_KINDS = ['bearer', 'basic', 'header', 'oauth2_client', 'login', 'aws_sigv4'] as const

/** Which credential a request carries. Exactly one kind; that is a check, since a map with two says more than the schema could. */
export const auth = shape(
  {
    bearer: secret('Sent as "authorization: Bearer ...", as "${secret:NAME}".').optional(),
    basic: basic.optional(),
    header: header.optional(),
    oauth2_client: oauth2Client.optional(),
    login: login.optional(),
    aws_sigv4: awsSigv4.optional(),
  },
  `one of ${AUTH_KINDS.join(', ')}`,
)

export const ownAuth = z
  .union([z.literal('none'), auth], { error: `one of ${AUTH_KINDS.join(', ')}; or none` })
  .optional()
  .describe(
    "Credential of this request, or none. Default: for a look the one of `verify`, else the contract's, if it goes to the same host as the call.",
  )

export type AuthSource = z.infer<typeof auth>
export type OwnAuthSource = z.infer<typeof ownAuth>
