import type { RequestPlan, SigningPlan } from '@readback/contract'
import { describe, expect, it } from 'vitest'
import { signAws } from './sign-aws.ts'

function request(
  method: string,
  url: string,
  headers: RequestPlan['headers'] = [],
  body: string | null = null,
): RequestPlan {
  return { method, url, urlTemplate: url, headers, body, timeoutMs: 1_000 }
}

function signatureOf(plan: RequestPlan): string {
  const authorization = plan.headers.find(([name]) => name === 'authorization')?.[1] ?? ''
  return authorization.split('Signature=')[1] ?? ''
}

/** The suite that AWS publishes with its description of the signature. */
describe('the published vectors', () => {
  const KEY: SigningPlan = {
    kind: 'aws_sigv4',
    region: 'us-east-1',
    service: 'service',
    accessKey: 'AKIDEXAMPLE',
    secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    sessionToken: null,
  }
  const NOW = new Date('2015-08-30T12:36:00Z')
  const HOST = 'https://example.amazonaws.com'

  it.each([
    ['get-vanilla', request('GET', `${HOST}/`), '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      request('GET', `${HOST}/?Param2=value2&Param1=value1`),
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    ['post-vanilla', request('POST', `${HOST}/`), '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  ])('%s', (_, plan, signature) => {
    expect(signatureOf(signAws(plan, KEY, NOW))).toBe(signature)
  })
})

/** The examples in the documentation of S3. */
describe('the published examples of S3', () => {
  const KEY: SigningPlan = {
    kind: 'aws_sigv4',
    region: 'us-east-1',
    service: 's3',
    accessKey: 'AKIAIOSFODNN7EXAMPLE',
    secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    sessionToken: null,
  }
  const NOW = new Date('2013-05-24T00:00:00Z')
  const HOST = 'https://examplebucket.s3.amazonaws.com'

  it.each([
    [
      'GET of a range',
      request('GET', `${HOST}/test.txt`, [['range', 'bytes=0-9']]),
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'PUT of an object whose name must be encoded',
      request(
        'PUT',
        `${HOST}/test$file.text`,
        [
          ['date', 'Fri, 24 May 2013 00:00:00 GMT'],
          ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
        ],
        'Welcome to Amazon S3.',
      ),
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'GET with a parameter that has no value',
      request('GET', `${HOST}/?lifecycle`),
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'GET of a list',
      request('GET', `${HOST}/?max-keys=2&prefix=J`),
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', (_, plan, signature) => {
    expect(signatureOf(signAws(plan, KEY, NOW))).toBe(signature)
  })

  it('sends the URL in the spelling that is signed, and the hash of the body', () => {
    const signed = signAws(request('PUT', `${HOST}/a%2Fb(1)!/ü?x='y'`, [], 'Welcome to Amazon S3.'), KEY, NOW)
    expect(signed.url).toBe(`${HOST}/a%2Fb%281%29%21/%C3%BC?x=%27y%27`)
    expect(signed.headers).toContainEqual([
      'x-amz-content-sha256',
      '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    ])
  })

  it('signs a slash in a name as the slash that S3 takes it for, and sends it as it was', () => {
    const encoded = signAws(request('GET', `${HOST}/a%2Fb`), KEY, NOW)
    expect(encoded.url).toBe(`${HOST}/a%2Fb`)
    expect(signatureOf(encoded)).toBe(signatureOf(signAws(request('GET', `${HOST}/a/b`), KEY, NOW)))
  })

  it('signs the token of temporary credentials', () => {
    const signed = signAws(request('GET', `${HOST}/`), { ...KEY, sessionToken: 'temporary' }, NOW)
    expect(signed.headers).toContainEqual(['x-amz-security-token', 'temporary'])
    expect(signed.headers.at(-1)?.[1]).toContain('x-amz-security-token')
  })

  it('replaces a credential that is there already', () => {
    const signed = signAws(request('GET', `${HOST}/`, [['authorization', 'old']]), KEY, NOW)
    expect(signed.headers.filter(([name]) => name === 'authorization')).toHaveLength(1)
  })
})
