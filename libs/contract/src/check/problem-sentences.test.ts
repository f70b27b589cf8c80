import { describe, expect, it } from 'vitest'
import { edited, SAMPLE } from '../testing/sample-contract.ts'
import { parseContract } from './parse-contract.ts'
import { formatProblem } from './problem.ts'

const sentencesFor = (text: string): string[] => {
  const parsed = parseContract(text, 'f.yaml')
  return (parsed.ok ? parsed.warnings : parsed.problems).map(formatProblem)
}

type Edit = readonly [from: string | RegExp, to: string]

/** What an edit of the sample breaks, and the exact sentence for it: where, what was expected, what stands there, what to write. */
const SENTENCES: readonly (readonly [what: string, edits: readonly Edit[], sentences: readonly string[]])[] = [
  [
    'a compensation without its effect',
    [['{ strategy: none }', '{ strategy: compensate }']],
    ['f.yaml:37:1 rollback.effect: expected the effect that undoes this one, got nothing. Write: effect: invoice.void'],
  ],
  [
    'a limit of nothing',
    [['20/min', '0/min']],
    ['f.yaml:35:23 limits.per_tenant: expected a rate with a unit, got "0/min". Write: per_tenant: 20/min'],
  ],
  [
    'a time-out of nothing',
    [['timeout: 10s', 'timeout: 0s']],
    ['f.yaml:11:12 call.timeout: expected a duration above zero, got "0s". Write: timeout: 10s'],
  ],
  [
    'a time-out without a unit',
    [['timeout: 10s', 'timeout: 10']],
    ['f.yaml:11:12 call.timeout: expected a duration with a unit, got 10. Write: timeout: 10s'],
  ],
  [
    'a wait of centuries',
    [['first: 0s', 'first: 99999d']],
    ['f.yaml:33:20 verify.settle.first: expected a duration of at most ten years, got "99999d". Write: first: 1s'],
  ],
  [
    'a header that is none',
    [['at: Idempotency-Key', 'at: Idempotency Key']],
    [
      'f.yaml:14:26 provider.key.at: expected the name of a header that a contract may set, got "Idempotency Key". Write: a name such as Idempotency-Key',
    ],
  ],
  [
    'a header of the connection',
    [['  timeout', '  headers: { Host: other.example }\n  timeout']],
    [
      'f.yaml:11:20 call.headers.Host: expected the name of a header that a contract may set, got "Host". Write: a name such as Idempotency-Key',
    ],
  ],
  [
    'an answer to everything',
    [['status: [409, 412], means', 'means']],
    ['f.yaml:19:5 answers[1]: expected a status or a match, got neither. Write: { status: 409, means: exists }'],
  ],
  [
    'where without items',
    [['    items: /data\n', '']],
    [
      'f.yaml:24:12 verify.by_key.where: expected items beside where, got where alone: there is no list to filter. Write: items: /data',
    ],
  ],
  [
    'a secret in a header',
    [['  timeout', '  headers: { X-Api-Key: abc }\n  timeout']],
    [
      'f.yaml:11:25 call.headers.X-Api-Key: expected the name of a secret, got what looks like the secret itself. Write: "${secret:NAME}", and put the value into READBACK_SECRET_NAME',
    ],
  ],
  [
    'a secret in a URL',
    [['v1/invoices\n', 'v1/invoices?api_key=abc\n']],
    [
      'f.yaml:9:8 call.url: expected the name of a secret, got what looks like the secret itself. Write: "${secret:NAME}", and put the value into READBACK_SECRET_NAME',
    ],
  ],
  [
    'half a template',
    [['"${payload}"', '"${payload"']],
    [
      'f.yaml:10:17 call.body.json: expected a closing } for every ${, got "${payload". Write: "${key}", "${payload./amount}" or "${secret:NAME}"; $${ stands for a plain ${',
    ],
  ],
  [
    'an external id in the call',
    [['"${payload}"', '"${external_id}"']],
    [
      'f.yaml:10:17 call.body.json: expected a name that exists here, got ${external_id}: nobody knows the external id before the answer came. Write: ${key} here, or move it to verify.by_id',
    ],
  ],
  [
    'a secret in a comparison',
    [['/status: void', '/t: "${secret:T}"']],
    [
      'f.yaml:30:26 verify.failed.match[/t]: expected a name that exists here, got ${secret:T}: a secret may stand in requests only. Write: a value of the payload, or the key',
    ],
  ],
  [
    'a payload field that the schema rules out',
    [
      ['properties: {', 'additionalProperties: false, properties: {'],
      ['${payload./amount}', '${payload./amont}'],
    ],
    [
      'f.yaml:28:42 verify.present.match[/amount].equals: expected a name that exists here, got ${payload./amont}: the payload schema does not allow it. Write: a field that is in payload.properties',
    ],
  ],
  [
    'a key in the path that is not there',
    [['in: header, at: Idempotency-Key', 'in: path']],
    [
      'f.yaml:14:14 provider.key.in: expected ${key} in call.url, since provider.key.in is path, got none. Write: ${key} in call.url',
    ],
  ],
  [
    'a key in the query that is not there',
    [['in: header, at: Idempotency-Key', 'in: query']],
    [
      'f.yaml:14:14 provider.key.in: expected ${key} in call.url or call.query, since provider.key.in is query, got none. Write: ${key} in call.url or call.query',
    ],
  ],
  [
    'a header without a name',
    [['in: header, at: Idempotency-Key', 'in: header']],
    [
      'f.yaml:14:3 provider.key.at: expected the name of the header that carries the key, got nothing. Write: at: Idempotency-Key',
    ],
  ],
  [
    'an honoured key without a place',
    [[/ {2}key: \{ in.*\n/, '']],
    [
      'f.yaml:13:1 provider.key: expected the place of the key, since repeat: same_answer says that the provider honours it, got nothing. Write: key: { in: header, at: Idempotency-Key, lifetime: 24h }',
    ],
  ],
  [
    'a look by key that does not ask for it',
    [
      ['?key=${key}', ''],
      ['key: "${key}"', 'key: x'],
    ],
    [
      'f.yaml:23:5 verify.by_key: expected ${key} in the request or in where, got none: the look would find anything. Write: where: { /metadata/key: "${key}" }',
    ],
  ],
  [
    'a look that may change something',
    [['by_id: { read: {', 'by_id: { read: { method: DELETE,']],
    [
      'f.yaml:27:28 verify.by_id.read.method: expected a method that is known to be safe, got DELETE: a look is repeated freely. Write: method: GET, or safe: true if it changes nothing',
    ],
  ],
  [
    'none beside a look',
    [['verify:\n', 'verify:\n  none: no way\n']],
    [
      'f.yaml:22:9 verify.none: expected either none or a way to look, got both. Write: by_key without none, or none alone',
    ],
  ],
  [
    'a relative URL',
    [['url: https://billing.example/v1/invoices\n', 'url: /v1/invoices\n']],
    [
      'f.yaml:9:8 call.url: expected an absolute http(s) URL, got "/v1/invoices". Write: url: https://billing.example/v1/invoices',
    ],
  ],
  [
    'a password in a URL',
    [['https://billing.example/v1/invoices\n', 'https://u:p@b.example/\n']],
    [
      'f.yaml:9:8 call.url: expected a URL without user and password (use auth), got another text. Write: url: https://billing.example/v1/invoices',
    ],
  ],
  [
    'a host from the entry',
    [['https://billing.example/v1/invoices\n', 'https://${tenant}.example/\n']],
    [
      'f.yaml:9:8 call.url: expected a fixed scheme, host and port, got "https://${tenant}.example/". Write: url: https://billing.example/v1/invoices',
    ],
  ],
  [
    'a schema that is none',
    [['{ type: object, required', '{ type: objekt, required']],
    [
      'f.yaml:4:10 payload: expected a JSON Schema 2020-12, got one that does not compile: schema is invalid: data/type must be equal to one of the allowed values, data/type must be array, data/type must match a schema in anyOf. Write: payload: { type: object, required: [customer] }',
    ],
  ],
  [
    'a pointer that is none',
    [['items: /data', 'items: data']],
    [
      'f.yaml:24:12 verify.by_key.items: expected a JSON Pointer, empty or starting with /, got "data". Write: items: /data',
    ],
  ],
  [
    'an absence that nothing proves',
    [['[{ items: 0 }', '[{ }']],
    ['f.yaml:31:12 verify.absent[0]: expected something that proves absence, got an empty rule. Write: { items: 0 }'],
  ],
  [
    'YAML that does not end',
    [['risk: high', 'risk: [high']],
    [
      'f.yaml:4:1: expected YAML, got an error: Flow sequence in block collection must be sufficiently indented and end with a ]. Write: YAML 1.2; quote texts that contain ": ", "{" or "#"',
    ],
  ],
  [
    'an alias to itself',
    [['risk: high', 'description: &a [*a]']],
    [
      'f.yaml:3:18: expected YAML, got an error: aliases (*name) are not available. Write: YAML 1.2; quote texts that contain ": ", "{" or "#"',
    ],
  ],
  [
    'a misspelt field deep inside',
    [['  timeout: 10s', '  time_out: 10s\n  timeout: 10s']],
    [
      'f.yaml:11:3 call.time_out: expected only known fields, got "time_out". Write: timeout, if that was meant; else remove it',
    ],
  ],
  [
    'a bare 404',
    [['{ status: 404, match: { /code: not_found } }', '{ status: 404 }']],
    [
      'f.yaml:31:26 warning: verify.absent[1]: expected a match beside the status, got a bare status: a wrong folder or port answers like a missing thing. Write: { status: 404, match: { /code: not_found } }',
    ],
  ],
  [
    'a reconcile that cannot look',
    [[/verify:\n( {2}.*\n)+/, 'verify: { none: it keeps nothing, ends: acknowledged }\n']],
    [
      'f.yaml:24:13 warning: on_unknown: expected human, since nothing can be read back, got reconcile: an unknown outcome goes to a person. Write: on_unknown: human',
    ],
  ],
  [
    'a look that can never say absent',
    [[/ {2}absent: .*\n/, '']],
    [
      'f.yaml:27:10 warning: verify.by_id: expected a rule for absent, got none: a lost call will never be made again by itself. Write: absent: [{ status: 404, match: { /code: not_found } }]',
    ],
  ],
]

const found = (from: string | RegExp): string =>
  typeof from === 'string' ? from : (from.exec(SAMPLE)?.[0] ?? 'nothing')

describe('the sentence for', () => {
  it.each(SENTENCES)('%s', (_, edits, sentences) => {
    const text = edits.reduce((before, [from, to]) => edited(found(from), to, before), SAMPLE)
    expect(sentencesFor(text)).toEqual(sentences)
  })

  it('a file that is no contract says how to begin one', () => {
    const fix = 'Write: effect: invoice.issue, and so on; `readback contracts new` writes a whole one'
    expect(sentencesFor('')).toEqual([`f.yaml:1:1: expected a contract: a map of fields, got nothing. ${fix}`])
    expect(sentencesFor('[]')).toEqual([`f.yaml:1:1: expected a contract: a map of fields, got a list. ${fix}`])
  })
})

describe('an unknown field', () => {
  it.each([
    ['risk: high', 'risc: high', 'risk'],
    ['  repeat: same_answer', '  repeats: same_answer\n  repeat: same_answer', 'repeat'],
    ['    where:', '    were: {}\n    where:', 'where'],
    ['{ max_attempts: 8,', '{ max_attempts: 8, deadlin: 1h,', 'deadline'],
    ['status: 503,', 'status: 503, mean: exists,', 'means'],
  ])('is compared with the names that may stand at its place: %s to %s', (from, to, near) => {
    expect(sentencesFor(edited(from, to)).join()).toContain(`Write: ${near}, if that was meant; else remove it`)
  })

  it('that resembles none of them is told all of them', () => {
    expect(sentencesFor(edited('retention: 30d', 'retention: 30d, colour: red'))).toEqual([
      'f.yaml:5:43 key.colour: expected only known fields, got "colour". Write: one of from, retention; or remove it',
    ])
  })
})
