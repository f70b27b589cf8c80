import { NotSent } from '@readback/contract'
import { answers, type Behaviour, ok, says } from './notes.ts'
import { hangsUp, type OutcomeGroup, row, saysNothing } from './outcome-row.ts'

const OAUTH = {
  auth: 'oauth2_client: { token_url: "URL/token", client_id: me, client_secret: "${secret:TOKEN}" }',
}
const TOKEN = ok('{"access_token":"t","expires_in":3600}')

/** The same server gives tokens and takes calls. */
const asked = (forToken: Behaviour, forCall: Behaviour = saysNothing): Behaviour => {
  return (socket, request) => (request.startsWith('POST /token') ? forToken : forCall)(socket, request)
}

export const WITH_TOKEN: OutcomeGroup = {
  title: 'A token is needed first',
  rows: [
    row(
      'refuses the credential at the token endpoint',
      asked(answers(401)),
      'blocked no permission_denied token_refused person',
      { how: OAUTH },
    ),
    row(
      'has a token endpoint that fails',
      asked(answers(503, '', 'retry-after: 3')),
      'blocked no retryable_failure token_unavailable call_again',
      { how: OAUTH },
    ),
    row(
      'has a token endpoint that hangs up',
      asked(hangsUp),
      'blocked no retryable_failure token_unavailable call_again',
      { how: OAUTH },
    ),
    row(
      'has a token endpoint that says nothing in time',
      asked(saysNothing),
      'blocked no retryable_failure deadline call_again',
      {
        how: { ...OAUTH, timeout: '2s' },
      },
    ),
    row(
      'gives a token, and denies it',
      asked(says(TOKEN), answers(401)),
      'complete all permission_denied http_401 person',
      { how: OAUTH },
    ),
    row(
      'gives a token, and hangs up on the call',
      asked(says(TOKEN), hangsUp),
      'sent all side_effect_unknown UND_ERR_SOCKET look',
      { how: OAUTH },
    ),
  ],
}

const JSON_POST = (url: string) => ({ method: 'POST', url: `${url}/notes`, json: {} })

export const BY_CODE: OutcomeGroup = {
  title: 'The contract has code for its call: what it says is believed as far as its requests allow',
  rows: [
    row('gets a request by code, and accepts it', answers(201), 'complete all success http_201 read_back', {
      how: {
        code:
          (url) =>
          ({ http }) =>
            http(JSON_POST(url)),
      },
    }),
    row('gets a request by code, and hangs up', hangsUp, 'request some side_effect_unknown UND_ERR_SOCKET look', {
      how: {
        code:
          (url) =>
          ({ http }) =>
            http(JSON_POST(url)),
      },
    }),
    row('is not asked, for the code throws', saysNothing, 'request some side_effect_unknown code_threw look', {
      how: {
        code: () => () => {
          throw new Error('x')
        },
      },
    }),
    row('is not asked, and the code says so', saysNothing, 'blocked no retryable_failure closed call_again', {
      how: { code: () => () => Promise.reject(new NotSent('closed')) },
    }),
    row(
      'accepts, and the code says that nothing was sent',
      answers(201),
      'request some side_effect_unknown partly_sent look',
      {
        how: {
          code:
            (url) =>
            ({ http }) =>
              http(JSON_POST(url)).then(() => Promise.reject(new NotSent('closed'))),
        },
      },
    ),
    row('says nothing, and the time of the code is up', saysNothing, 'request some side_effect_unknown deadline look', {
      how: {
        timeout: '2s',
        code:
          (url) =>
          ({ http }) =>
            http(JSON_POST(url)),
      },
    }),
  ],
}
