import { createHash, createHmac } from 'node:crypto'
import type { RequestPlan, SigningPlan } from '@readback/contract'

type Pairs = readonly (readonly [name: string, value: string])[]

/**
 * AWS Signature Version 4 over method, path, query, headers and the bytes of the body. The URL goes out in the strict spelling that
 * is signed, so that no server has to guess how it was meant.
 */
export function signAws(plan: RequestPlan, key: SigningPlan, now: Date): RequestPlan {
  const time = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const bodyHash = sha256(plan.body ?? '')
  const url = strictUrl(plan.url)
  const headers = [...plan.headers.filter(([name]) => name !== 'authorization'), ...amazonHeaders(key, time, bodyHash)]
  const signed = canonicalHeaders([...headers, ['host', url.host]])
  const names = signed.map(([name]) => name).join(';')
  const request = [
    plan.method,
    canonicalPath(url.path, key.service),
    joined([...url.query].sort(byNameAndValue)),
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    bodyHash,
  ].join('\n')
  const scope = `${time.slice(0, 8)}/${key.region}/${key.service}/aws4_request`
  const signature = hmac(signingKey(key, time), `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(request)}`).toString(
    'hex',
  )
  const authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  const search = url.query.length === 0 ? '' : `?${joined(url.query)}`
  return { ...plan, url: `${url.origin}${url.path}${search}`, headers: [...headers, ['authorization', authorization]] }
}

/** S3 wants the hash of the body beside it. */
function amazonHeaders({ service, sessionToken }: SigningPlan, time: string, bodyHash: string): Pairs {
  return [
    ['x-amz-date', time],
    ...(service === 's3' ? [['x-amz-content-sha256', bodyHash] as const] : []),
    ...(sessionToken === null ? [] : [['x-amz-security-token', sessionToken] as const]),
  ]
}

function strictUrl(text: string) {
  const { origin, host } = new URL(text)
  const [path = '', ...search] = text.slice(text.indexOf('/', text.indexOf('//') + 2)).split('?')
  const query = search
    .join('?')
    .split('&')
    .filter((parameter) => parameter !== '')
  return {
    origin,
    host,
    path: path.split('/').map(strictly).join('/'),
    query: query.map((parameter) => {
      const [name = '', ...value] = parameter.split('=')
      return [strictly(name), strictly(value.join('='))] as const
    }),
  }
}

/** Encoded a second time, except for S3: there the whole path is one name, and a slash in it is a slash however it was sent. */
function canonicalPath(path: string, service: string): string {
  if (service === 's3') return path.replaceAll('%2F', '/')
  return path
    .replaceAll(/\/{2,}/g, '/')
    .split('/')
    .map(strict)
    .join('/')
}

function strictly(part: string): string {
  try {
    return strict(decodeURIComponent(part))
  } catch {
    return strict(part)
  }
}

/** RFC 3986: everything but letters, digits and - . _ ~ */
function strict(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** What a proxy may change on the way is not signed. */
const UNSIGNED = new Set(['accept', 'user-agent'])

function canonicalHeaders(headers: Pairs): Pairs {
  return headers
    .filter(([name]) => !UNSIGNED.has(name))
    .map(([name, value]) => [name, value.trim().replaceAll(/ {2,}/g, ' ')] as const)
    .sort(byNameAndValue)
}

function byNameAndValue([leftName, left]: Pairs[number], [rightName, right]: Pairs[number]): number {
  if (leftName !== rightName) return leftName < rightName ? -1 : 1
  return left < right ? -1 : Number(left > right)
}

const joined = (query: Pairs): string => query.map(([name, value]) => `${name}=${value}`).join('&')

function signingKey({ secretKey, region, service }: SigningPlan, time: string): Buffer {
  return [time.slice(0, 8), region, service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secretKey}`, 'utf8'))
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'utf8').digest()

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
