import { describe, expect, it } from 'vitest'
import { KEY_ADVICE, keyFinding } from './key-finding.ts'

const AT = '2026-11-26T19:00:30.250Z'
const atMs = Date.parse(AT)
const hex = (ms: number) => ms.toString(16).padStart(12, '0')
const uuid7 = (ms: number) => `${hex(ms).slice(0, 8)}-${hex(ms).slice(8)}-7abc-8def-0123456789ab`
const ulid = (ms: number) =>
  `${ms
    .toString(32)
    .padStart(10, '0')
    .replace(/./g, (digit) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number.parseInt(digit, 32)] ?? '')}0123456789ABCDEF`

const find = (key: string, at = atMs) => keyFinding({ tenant: 'acme', effect: 'invoice.issue', key, atMs: at })

describe('a key that looks like one of an attempt', () => {
  it.each([
    ['550e8400-e29b-41d4-a716-446655440000', 'random_uuid'],
    ['550E8400E29B41D4A716446655440000', 'random_uuid'],
    ['{550e8400-e29b-41d4-a716-446655440000}', 'random_uuid'],
    [uuid7(atMs), 'fresh_id'],
    [uuid7(atMs - 30_000).replaceAll('-', ''), 'fresh_id'],
    [uuid7(atMs).replace('-', ''), 'fresh_id'],
    [ulid(atMs - 500), 'fresh_id'],
    ['cust-7/2026-11-26T19:00:29Z', 'fresh_time'],
    ['cust-7/2026-11-26 19:00:29', 'fresh_time'],
    ['cust-7-20261126190029', 'fresh_time'],
    ['cust-7_20261126T190029Z', 'fresh_time'],
    [`cust-7/${Math.floor(atMs / 1_000)}`, 'fresh_time'],
    [`cust-7-${atMs}`, 'fresh_time'],
    [`cust-7:${atMs}123`, 'fresh_time'],
    ['cust-7/2026-11/attempt-3', 'counts_tries'],
    ['cust-7/2026-11-retry-2', 'counts_tries'],
    ['invoice-7-retry', 'counts_tries'],
    ['cust-7_try2', 'counts_tries'],
  ] as const)('%s: %s', (key, finding) => {
    expect(find(key)).toBe(finding)
  })
})

describe('a key that is too broad', () => {
  it.each([
    ['acme', 'too_broad'],
    ['invoice.issue', 'too_broad'],
    ['acme/invoice', 'too_broad'],
    ['Issue-Invoice', 'too_broad'],
    ['default', 'too_broad'],
    ['---', 'too_broad'],
    ['cust-undefined/2026-11', 'has_a_gap'],
    ['null', 'has_a_gap'],
    ['cust-7/NaN', 'has_a_gap'],
    ['[object Object]', 'has_a_gap'],
    ['cust-7/Invalid Date', 'has_a_gap'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what somebody forgot to fill in
    ['cust-${id}', 'has_a_gap'],
  ] as const)('%s: %s', (key, finding) => {
    expect(find(key)).toBe(finding)
  })
})

describe('a key that names an intent', () => {
  it.each([
    'cust-7/2026-11',
    'cust-7/2026-11-26',
    'meter-7/2026-11-26T19:00',
    'order/550e8400-e29b-41d4-a716-446655440000',
    '550e8400-e29b-51d4-a716-446655440000',
    uuid7(atMs - 3_600_000),
    ulid(atMs - 86_400_000),
    'cust-7/2026-10-01T00:00:00Z',
    'cust-7/1700000000',
    'order-4711',
    '4711',
    'alice',
    'nullarbor-7',
    'retrying-is-a-name-7',
    'industry/7',
    'acme/42',
    'größe/äpfel',
  ])('%s: nothing', (key) => {
    expect(find(key)).toBeNull()
  })
})

it('says of each finding what will happen', () => {
  for (const advice of Object.values(KEY_ADVICE)) expect(advice).toMatch(/twice|as well|refused/)
})

it('takes any text, in a time that grows with its length', () => {
  for (const text of ['0'.repeat(512), '2026-'.repeat(100), 'a-'.repeat(256), '{'.repeat(512), '\u{1F600}'.repeat(128)])
    expect(() => find(text)).not.toThrow()
})
