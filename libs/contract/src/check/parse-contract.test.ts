import { describe, expect, it } from 'vitest'
import { edited, loaded, SAMPLE } from '../testing/sample-contract.ts'
import { contractFromDocument, effectNameIn, parseContract } from './parse-contract.ts'
import { formatProblem, type Problem } from './problem.ts'

const VERIFY = SAMPLE.slice(SAMPLE.indexOf('verify:'), SAMPLE.indexOf('retry:'))
const BY_KEY = SAMPLE.slice(SAMPLE.indexOf('  by_key:'), SAMPLE.indexOf('  by_id:'))

function problemsOf(text: string): readonly Problem[] {
  const parsed = parseContract(text, 'f.yaml')
  return parsed.ok ? parsed.warnings : parsed.problems
}

describe('a contract that is refused', () => {
  it.each([
    [
      'no verification answer',
      edited(VERIFY, ''),
      'verify_missing',
      'f.yaml:1:1 verify: expected an answer to "how is this effect read back?", got nothing. Write: verify: { by_key: { read: { url: "https://billing.example/v1/invoices?key=${key}" }, ... }, or { none: "why", ends: acknowledged }',
    ],
    [
      'a look that works only while the answer is known',
      edited(BY_KEY, ''),
      'verify_missing',
      'f.yaml:22:3 verify: expected by_key, or none with the reason, got neither: when the answer was lost, the key is all there is. Write: by_key: { read: { url: "https://billing.example/v1/invoices?key=${key}" }, ... }, or { none: "why", ends: acknowledged }',
    ],
    [
      'no answer on unknown outcomes',
      edited('on_unknown: reconcile\n', ''),
      'on_unknown_missing',
      'f.yaml:1:1 on_unknown: expected an answer to "what happens when nobody knows whether it happened?", got nothing. Write: on_unknown: reconcile (read back first), or on_unknown: human',
    ],
    [
      'no answer on rollback',
      edited('rollback: { strategy: none }\n', ''),
      'rollback_missing',
      'f.yaml:1:1 rollback: expected an answer to "how is it undone?", got nothing. Write: rollback: { strategy: none }, or manual_only, or { strategy: compensate, effect: invoice.void }',
    ],
    [
      'retries beyond the retention of the key (K7)',
      edited('retention: 30d', 'retention: 12h'),
      'retention_too_short',
      'f.yaml:34:71 retry.deadline: expected at most the key retention of 12h, or a retry finds its key forgotten, got 24h. Write: deadline: 12h, or a longer key.retention',
    ],
    [
      'attempts after the provider has forgotten the key',
      edited('lifetime: 24h', 'lifetime: 1h'),
      'key_lifetime_too_short',
      'f.yaml:34:71 retry.deadline: expected at most the 1h that the provider remembers the key, or a late attempt acts twice, got 24h. Write: deadline: 1h',
    ],
    [
      'a time-out of more than half the lease',
      edited('timeout: 10s', 'timeout: 31s'),
      'lease_too_short',
      'f.yaml:11:12 call.timeout: expected at most half of the lease of 60000 ms, or a slow call outlives it, got 31s. Write: timeout: 30000ms or less, or a longer lease',
    ],
    [
      'a limit with no unit',
      edited('20/min', '20'),
      'limit_without_unit',
      'f.yaml:35:23 limits.per_tenant: expected a rate with a unit, got 20. Write: per_tenant: 20/min',
    ],
    [
      'items without where',
      edited('    where: { /metadata/key: "${key}" }\n', ''),
      'items_without_where',
      'f.yaml:24:12 verify.by_key.items: expected where beside items, got none: providers match loosely or not at all. Write: where: { /metadata/key: "${key}" }',
    ],
    [
      'a secret written out in the file',
      edited('"${secret:TOKEN}"', 'sk_live_123'),
      'secret_in_file',
      'f.yaml:6:17 auth.bearer: expected the name of a secret, got what looks like the secret itself. Write: "${secret:NAME}", and put the value into READBACK_SECRET_NAME',
    ],
    [
      'a template that names what does not exist',
      edited('"${payload}"', '"${payloud}"'),
      'template_unknown_name',
      'f.yaml:10:17 call.body.json: expected one of payload, payload./pointer, key, external_id, tenant, effect, entry_id, created_at, prepare.NAME, keep.NAME, secret:NAME or a function, got "${payloud}". Write: "${key}", "${payload./amount}" or "${secret:NAME}"; $${ stands for a plain ${',
    ],
    [
      'a read-back that compares nothing, for high risk',
      edited('/amount: { equals: "${payload./amount}", by: number }', '/amount: 5'),
      'compares_nothing',
      'f.yaml:28:12 verify.present: expected a comparison with the payload, since risk is high, got none: finding something is not finding what was sent. Write: present: { match: { /amount: "${payload./amount}" } }, or match: all',
    ],
    [
      'a part of the language that is not built yet',
      edited('on_unknown', 'approval: { when: {} }\non_unknown'),
      'not_available_yet',
      'f.yaml:36:11 approval: approval is not available yet. Write: no approval',
    ],
    [
      'a misspelt field',
      edited('risk: high', 'risc: high'),
      'unknown_field',
      'f.yaml:3:1 risc: expected only known fields, got "risc". Write: risk, if that was meant; else remove it',
    ],
  ])('for %s says where, why and what to write', (_, text, code, sentence) => {
    expect(problemsOf(text).map((problem) => [problem.code, formatProblem(problem)])).toEqual([[code, sentence]])
  })

  it.each([
    ['none beside a look', edited('verify:\n', 'verify:\n  none: no way\n'), ['22:9 invalid_value']],
    [
      'a compensation without its effect',
      edited('{ strategy: none }', '{ strategy: compensate }'),
      ['37:1 missing_field'],
    ],
    ['a limit of nothing', edited('20/min', '0/min'), ['35:23 limit_without_unit']],
    ['a time-out of nothing', edited('timeout: 10s', 'timeout: 0s'), ['11:12 invalid_value']],
    ['a wait of centuries', edited('first: 0s', 'first: 99999d'), ['33:20 invalid_value']],
    ['two bodies', edited('{ json: "${payload}" }', '{ json: {}, text: x }'), ['10:9 invalid_value']],
    [
      'two credentials',
      edited('bearer: "${secret:TOKEN}"', 'bearer: "${secret:T}", basic: { user: a, password: "${secret:T}" }'),
      ['6:7 invalid_value'],
    ],
    ['a header that is none', edited('at: Idempotency-Key', 'at: Idempotency Key'), ['14:26 invalid_value']],
    [
      'a header of the connection',
      edited('  timeout', '  headers: { Host: other.example }\n  timeout'),
      ['11:20 invalid_value'],
    ],
    ['an answer to everything', edited('status: [409, 412], means', 'means'), ['19:5 missing_field']],
    ['an unknown unit', edited('20/min', '20/fortnight'), ['35:23 limit_without_unit']],
    ['where without items', edited('    items: /data\n', ''), ['24:12 invalid_value']],
    ['a secret in a header', edited('  timeout', '  headers: { X-Api-Key: abc }\n  timeout'), ['11:25 secret_in_file']],
    ['a secret in a URL', edited('v1/invoices\n', 'v1/invoices?api_key=abc\n'), ['9:8 secret_in_file']],
    ['half a template', edited('"${payload}"', '"${payload"'), ['10:17 template_invalid']],
    ['an external id in the call', edited('"${payload}"', '"${external_id}"'), ['10:17 template_unknown_name']],
    [
      'an external id in the look by key',
      edited('?key=${key}', '?key=${external_id}'),
      ['23:18 template_unknown_name'],
    ],
    ['a secret in a comparison', edited('/status: void', '/t: "${secret:T}"'), ['30:26 template_unknown_name']],
    [
      'a payload field that the schema rules out',
      edited('properties: {', 'additionalProperties: false, properties: {').replace(
        '${payload./amount}',
        '${payload./amont}',
      ),
      ['28:42 template_unknown_name'],
    ],
    [
      'a key in the path that is not there',
      edited('in: header, at: Idempotency-Key', 'in: path'),
      ['14:14 key_not_in_template'],
    ],
    [
      'a key in the query that is not there',
      edited('in: header, at: Idempotency-Key', 'in: query'),
      ['14:14 key_not_in_template'],
    ],
    [
      'a key in the body that is not there',
      edited('in: header, at: Idempotency-Key', 'in: body'),
      ['14:14 key_not_in_template'],
    ],
    [
      'a marker that is not there',
      edited('in: header, at: Idempotency-Key', 'in: marker'),
      ['14:14 key_not_in_template'],
    ],
    ['a header without a name', edited('in: header, at: Idempotency-Key', 'in: header'), ['14:3 missing_field']],
    [
      'an honoured key without a place',
      edited(/ {2}key: \{ in.*\n/.exec(SAMPLE)?.[0] ?? '', ''),
      ['13:1 missing_field'],
    ],
    [
      'a look by key that does not ask for it',
      edited('?key=${key}', '').replace('key: "${key}"', 'key: x'),
      ['23:5 look_without_key'],
    ],
    [
      'a look that may change something',
      edited('by_id: { read: {', 'by_id: { read: { method: DELETE,'),
      ['27:28 invalid_value'],
    ],
    ['a limit per user', edited('20/min', '20/min, per_user: 10/h'), ['35:41 not_available_yet']],
    ['an effect by GET', edited('method: POST', 'method: GET'), ['8:11 invalid_value']],
    [
      'a relative URL',
      edited('url: https://billing.example/v1/invoices\n', 'url: /v1/invoices\n'),
      ['9:8 invalid_value'],
    ],
    [
      'a host from the entry',
      edited('https://billing.example/v1/invoices\n', 'https://${tenant}.example/\n'),
      ['9:8 invalid_value'],
    ],
    [
      'a password in a URL',
      edited('https://billing.example/v1/invoices\n', 'https://u:p@b.example/\n'),
      ['9:8 invalid_value'],
    ],
    [
      'a schema that is none',
      edited('{ type: object, required', '{ type: objekt, required'),
      ['4:10 payload_schema_invalid'],
    ],
    ['a meaning that is none', edited('means: exists', 'means: there'), ['19:34 invalid_value']],
    ['a comparator that is none', edited('by: number', 'by: numbr'), ['28:68 invalid_value']],
    ['a pointer that is none', edited('items: /data', 'items: data'), ['24:12 invalid_value']],
    ['a pattern that is none', edited('lifetime: 24h', 'lifetime: 24h, allowed: "(a+"'), ['14:67 pattern_invalid']],
    ['an absence that nothing proves', edited('[{ items: 0 }', '[{ }'), ['31:12 invalid_value']],
    ['YAML that does not end', edited('risk: high', 'risk: [high'), ['4:1 yaml_syntax']],
    ['a field twice', edited('risk: high', 'risk: high\nrisk: low'), ['4:1 yaml_syntax']],
    ['a tag', edited('risk: high', 'risk: !!js high'), ['3:7 yaml_syntax']],
    ['an alias to itself', edited('risk: high', 'description: &a [*a]'), ['3:18 yaml_syntax']],
    ['an empty file', '', ['1:1 not_a_contract']],
    ['a list', '[]', ['1:1 not_a_contract']],
    ['two documents', 'a: 1\n---\nb: 2\n', ['2:1 yaml_syntax']],
  ])('%s is found at its place', (_, text, expected) => {
    expect(problemsOf(text).map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(expected)
  })

  it('lists all that is wrong at once, in the order of the file', () => {
    const text = edited('20/min', '20')
      .replace('timeout: 10s', 'timeout: 10')
      .replace('"${payload}"', '"${payloud}"')
      .replace('high', 'huge')
    expect(problemsOf(text).map(({ field }) => field)).toEqual([
      'risk',
      'call.body.json',
      'call.timeout',
      'limits.per_tenant',
    ])
  })

  it('never repeats a secret that was written into it', () => {
    const texts = [
      'auth: { bearer: sk_live_1 }',
      'auth: { bearer: 77777777 }',
      'auth: { basic: { user: a, password: sk_live_1 } }',
      'auth: { basic: { user: sk_live_1, password: "" } }',
    ]
    for (const auth of texts) {
      const sentences = problemsOf(edited('auth: { bearer: "${secret:TOKEN}" }', auth)).map(formatProblem).join('\n')
      expect(sentences).toMatch(/f\.yaml:6/)
      expect(sentences).not.toMatch(/sk_live_1|77777777/)
    }
  })
})

describe('a contract that loads with a warning', () => {
  it.each([
    ['a bare 404', edited('{ status: 404, match: { /code: not_found } }', '{ status: 404 }'), 'bare_404_absent'],
    [
      'a reconcile that cannot look',
      edited(VERIFY, 'verify: { none: it keeps nothing, ends: acknowledged }\n'),
      'on_unknown_impossible',
    ],
    ['a look that can never say absent', edited(/ {2}absent: .*\n/.exec(SAMPLE)?.[0] ?? '', ''), 'never_absent'],
  ])('for %s', (_, text, code) => {
    const parsed = parseContract(text, 'f.yaml')
    expect(parsed.ok && parsed.warnings.map((warning) => warning.code)).toEqual([code])
  })
})

describe('a contract that loads', () => {
  it('is read into times, rates and classes', () => {
    expect(loaded()).toMatchObject({
      effect: 'invoice.issue',
      version: 3,
      risk: 'high',
      providerClass: 'keyed',
      keyFrom: ['/customer'],
      keyRetentionMs: 30 * 86_400_000,
      call: { method: 'POST', timeoutMs: 10_000 },
      provider: {
        repeat: 'same_answer',
        otherPayload: 'unknown',
        keyLifetimeMs: 86_400_000,
        maxExecutionDelayMs: 30_000,
      },
      verify: { kind: 'looks', settle: { firstMs: 0, everyMs: 2_000, forMs: 60_000 } },
      retry: { maxAttempts: 8, backoffFirstMs: 1_000, backoffCapMs: 600_000, deadlineMs: 86_400_000 },
      limits: { perTenant: { count: 20, windowMs: 60_000 }, perEffect: null },
      concurrency: { perTenant: null, perDestination: null },
      onUnknown: 'reconcile',
      rollback: { strategy: 'none' },
      pointOfNoReturn: 'call',
    })
  })

  it.each([
    ['same_answer', true, 'keyed'],
    ['refused', true, 'keyed'],
    ['overwrites', true, 'readable'],
    ['acts_again', true, 'readable'],
    ['acts_again', false, 'opaque'],
  ])('with repeat: %s and looks: %s is %s', (repeat, looks, providerClass) => {
    const text = edited('repeat: same_answer', `repeat: ${repeat}`)
    expect(loaded(looks ? text : text.replace(VERIFY, 'verify: { none: why }\n')).providerClass).toBe(providerClass)
  })

  it('is the same after it was kept as JSON with its members in another order', () => {
    const contract = loaded()
    const reordered = Object.fromEntries(Object.entries(contract.document).reverse())
    const again = contractFromDocument(JSON.parse(JSON.stringify(reordered)))
    expect(again.ok && again.contract.hash).toBe(contract.hash)
  })

  it('is checked again when it comes from the database', () => {
    const again = contractFromDocument({ ...loaded().document, limits: { per_tenant: '20' } }, 'invoice.issue@3')
    expect(!again.ok && again.problems.map(formatProblem)).toEqual([
      'invoice.issue@3 limits.per_tenant: expected a rate with a unit, got "20". Write: per_tenant: 20/min',
    ])
  })

  it('has another hash when anything in it is another', () => {
    expect(loaded(edited('v1/invoices?', 'v2/invoices?')).hash).not.toBe(loaded().hash)
    expect(loaded(`# a comment\n${SAMPLE}`).hash).toBe(loaded().hash)
  })

  it('cannot be changed', () => {
    const contract = loaded()
    expect(() => Object.assign(contract.retry, { maxAttempts: 99 })).toThrow(TypeError)
    expect(() => Object.assign(contract.document, { effect: 'x' })).toThrow(TypeError)
  })

  it('may name a compensation only among the effects there are', () => {
    const text = edited('{ strategy: none }', '{ strategy: compensate, effect: invoice.void }')
    expect(parseContract(text, 'f.yaml').ok).toBe(true)
    expect(parseContract(text, 'f.yaml', { effects: new Set(['invoice.void']) }).ok).toBe(true)
    const parsed = parseContract(text, 'f.yaml', { effects: new Set([effectNameIn(text) ?? '']) })
    expect(!parsed.ok && parsed.problems.map(formatProblem)).toEqual([
      'f.yaml:37:43 rollback.effect: expected an effect that has a contract, got "invoice.void". Write: a contract file for invoice.void, or strategy: manual_only',
    ])
  })

  it('fits the lease that it is given', () => {
    const text = edited('timeout: 10s', 'timeout: 40s')
    expect(parseContract(text, 'f.yaml').ok).toBe(false)
    expect(parseContract(text, 'f.yaml', { leaseMs: 80_000 }).ok).toBe(true)
  })
})
