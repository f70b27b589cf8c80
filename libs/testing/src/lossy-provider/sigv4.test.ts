import type { IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isSignedBy } from './sigv4.ts'

/** The example of the specification's test suite: a GET with no parameters. */
const KEY = {
  accessKeyId: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
}
const SIGNATURE = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${SIGNATURE}`

const request = (headers: Record<string, string> = {}, url = '/') =>
  ({
    method: 'GET',
    url,
    headers: {
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization: AUTHORIZATION,
      ...headers,
    },
  }) as unknown as IncomingMessage

const NOTHING = Buffer.alloc(0)

describe('a signature of version 4', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2015-08-30T12:40:00Z') }))
  afterEach(() => void vi.useRealTimers())

  it('is good as the specification has it', () => {
    expect(isSignedBy(KEY, request(), NOTHING)).toBe(true)
  })

  it.each([
    ['another secret', { ...KEY, secret: 'x' }, request(), NOTHING],
    ['another region', { ...KEY, region: 'eu-west-1' }, request(), NOTHING],
    ['another path', KEY, request({}, '/other'), NOTHING],
    ['another query', KEY, request({}, '/?a=1'), NOTHING],
    ['another host', KEY, request({ host: 'other' }), NOTHING],
    ['another body', KEY, request(), Buffer.from('x')],
    ['another time', KEY, request({ 'x-amz-date': '20150830T123601Z' }), NOTHING],
    ['no signature', KEY, request({ authorization: '' }), NOTHING],
  ])('is good for nothing with %s', (_, key, asked, body) => {
    expect(isSignedBy(key, asked, body)).toBe(false)
  })

  it('ends', () => {
    vi.setSystemTime(Date.parse('2015-08-30T12:55:00Z'))
    expect(isSignedBy(KEY, request(), NOTHING)).toBe(false)
  })
})
