import { describe, expect, it } from 'vitest'
import { parseContract } from '../check/parse-contract.ts'
import { destinationOf } from './destination.ts'

const OTHERS = `
effect: invoice.issue
version: 1
verify: { none: "nobody can look", ends: acknowledged }
rollback: { strategy: none }
on_unknown: human
`
const KEY = 'provider: { key: { in: header, at: Idempotency-Key }, repeat: same_answer }'

function destination(text: string): string {
  const parsed = parseContract(`${OTHERS}${text}`, 'contract.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'))
  expect(destinationOf(parsed.contract)).toBe(destinationOf(parsed.contract))
  return destinationOf(parsed.contract)
}

describe('where a call goes', () => {
  it('is its host, whatever its path and query say', () => {
    const call = 'call: { method: POST, url: "https://API.example.com:8443/v1/${payload./a}?b=${key}", timeout: 5s }'
    expect(destination(`${call}\n${KEY}`)).toBe('https://api.example.com:8443')
  })

  it('is its server, for a mail', () => {
    expect(
      destination(`
call:
  smtp: { host: mail.example.org, port: 587, tls: implicit }
  mail: { from: a@example.org, to: b@example.org, subject: s, text: t }
  timeout: 5s
provider: { key: { in: message_id, at: example.org }, repeat: acts_again }`),
    ).toBe('smtp://mail.example.org:587')
  })
})
