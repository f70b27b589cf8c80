import { describe, expect, it } from 'vitest'
import type { RequestPlan } from '../send/request-template.ts'
import { loaded, SAMPLE, secret, UNANSWERED } from '../testing/sample-contract.ts'
import { followRedirect } from './follow-redirect.ts'
import { startLook } from './look.ts'

const PLAN: RequestPlan = {
  method: 'GET',
  url: 'https://b.example:8443/v1/things?key=k%2F1&page=2',
  urlTemplate: 'https://b.example:8443/v1/things?key=${key}',
  headers: [['authorization', 'Bearer t']],
  body: null,
  timeoutMs: 1_000,
  follow: true,
}

const redirected = (status: number, location?: string, plan = PLAN) =>
  followRedirect(plan, {
    status,
    headers: location === undefined ? {} : { location },
    body: '',
    truncated: false,
  })?.url ?? null

describe('a redirect of a look', () => {
  it.each([
    [301, '/v2/things?key=k%2F1&page=2', 'https://b.example:8443/v2/things?key=k%2F1&page=2'],
    [302, '?page=2&key=k%2F1&sorted=1', 'https://b.example:8443/v1/things?page=2&key=k%2F1&sorted=1'],
    [303, 'https://b.example:8443/x?key=k%2F1&page=2#top', 'https://b.example:8443/x?key=k%2F1&page=2'],
    [307, '//b.example:8443/x?key=k%2F1&page=2', 'https://b.example:8443/x?key=k%2F1&page=2'],
    [308, 'HTTPS://B.EXAMPLE:8443/x?key=k%2F1&page=2', 'https://b.example:8443/x?key=k%2F1&page=2'],
  ])('with %i to %s is followed', (status, location, url) => {
    expect(redirected(status, location)).toBe(url)
  })

  it.each([
    ['to another host', 302, 'https://evil.example/v1/things?key=k%2F1&page=2'],
    ['to another port', 302, 'https://b.example/v1/things?key=k%2F1&page=2'],
    ['to another scheme', 302, 'http://b.example:8443/v1/things?key=k%2F1&page=2'],
    ['to another host without a scheme', 302, '//evil.example/?key=k%2F1&page=2'],
    ['to another host behind a backslash', 302, '\\\\evil.example/?key=k%2F1&page=2'],
    ['with a user of its own', 302, 'https://u:p@b.example:8443/?key=k%2F1&page=2'],
    ['that loses the filter', 302, '/login'],
    ['that asks for another page', 302, '/v1/things?key=k%2F1&page=1'],
    ['that asks for another key', 302, '/v1/things?key=k%2F10&page=2'],
    ['to no URL', 302, 'https://[nonsense'],
    ['to nowhere', 302, undefined],
    ['that only offers choices', 300, '/v2/things?key=k%2F1&page=2'],
    ['that says nothing has changed', 304, '/v2/things?key=k%2F1&page=2'],
  ])('%s is not followed', (_, status, location) => {
    expect(redirected(status, location)).toBeNull()
  })

  it('is not followed for a request that the contract does not let follow', () => {
    expect(redirected(302, '/x?key=k%2F1&page=2', { ...PLAN, follow: false })).toBeNull()
  })
})

describe('a look may follow', () => {
  const follows = (from: string, to: string) => {
    const step = startLook(loaded(SAMPLE.replace(from, to)), UNANSWERED, secret)
    return step.kind === 'request' && step.plan.follow
  }

  it.each([
    ['when its content is compared', '', '', true],
    ['not when it changes method on the way', 'read: {', 'read: { method: POST, safe: true,', false],
    ['not when the contract reads a meaning into the redirect', 'present: {', 'present: { status: [200, 302],', false],
    ['not when a redirect proves an absence', '{ items: 0 }', '{ items: 0 }, { status: 302, match: { /a: 1 } }', false],
  ])('%s', (_, from, to, expected) => {
    expect(follows(from, to)).toBe(expected)
  })

  it('not when only its status counts: a log-in page answers 200 as well', () => {
    const bare = SAMPLE.replace('risk: high', 'risk: low')
      .replace(/ {4}items: .*\n {4}where: .*\n {4}next: .*\n/, '')
      .replace(/ {2}(?:present|pending|failed): .*\n/g, '')
      .replace('{ items: 0 }, ', '')
    const step = startLook(loaded(bare), UNANSWERED, secret)
    expect(step.kind === 'request' && step.plan.follow).toBe(false)
  })
})
