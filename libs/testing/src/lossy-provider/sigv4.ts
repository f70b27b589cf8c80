/** Checks a signature of version 4, as the provider would: by making it again from what has arrived. */
import { createHmac, hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export interface SigningKey {
  accessKeyId: string
  secret: string
  region: string
  service: string
}

const FORM = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
/** A signature is good for this long, either way. */
const SKEW_MS = 15 * 60_000

export function isSignedBy(key: SigningKey, request: IncomingMessage, body: Buffer): boolean {
  const [, credential, names, signature] = FORM.exec(request.headers.authorization ?? '') ?? []
  const date = String(request.headers['x-amz-date'])
  const scope = `${date.slice(0, 8)}/${key.region}/${key.service}/aws4_request`
  if (!names || credential !== `${key.accessKeyId}/${scope}` || !isRecent(date)) return false
  const canonical = hash('sha256', canonicalRequest(request, names, body, key.service))
  const secret = [date.slice(0, 8), key.region, key.service, 'aws4_request'].reduce<string | Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `AWS4${key.secret}`,
  )
  const text = ['AWS4-HMAC-SHA256', date, scope, canonical].join('\n')
  return names.split(';').includes('host') && createHmac('sha256', secret).update(text).digest('hex') === signature
}

function isRecent(date: string): boolean {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Math.abs(Date.now() - atMs) < SKEW_MS
}

function canonicalRequest(request: IncomingMessage, names: string, body: Buffer, service: string): string {
  const { pathname, search } = new URL(request.url ?? '/', 'http://provider')
  // Every service but S3 encodes the path, which is encoded already, once more.
  const path = service === 's3' ? pathname : pathname.split('/').map(encode).join('/')
  const query = search.slice(1).split('&').filter(Boolean).map(wholePair).toSorted().join('&')
  const headers = names
    .split(';')
    .map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}\n`)
  const payload = request.headers['x-amz-content-sha256'] ?? hash('sha256', body)
  if (payload !== hash('sha256', body)) return 'another body than was signed'
  return [request.method, path, query, headers.join(''), names, payload].join('\n')
}

const wholePair = (pair: string) => (pair.includes('=') ? pair : `${pair}=`)

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
