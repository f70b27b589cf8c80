import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib'

export type DecodedBody = { readonly bytes: Buffer; readonly problem: string | null }

/**
 * The body without its compression. We ask for no compression; who sends it all the same is read, because a proxy in front of an honest provider does so,
 * and an answer that nobody can read makes a person of every entry. The output is capped like a plain body, so that a bomb is a cut answer.
 */
export function decodeBody(bytes: Buffer, coding: string | undefined, maxBytes: number): DecodedBody {
  if (coding === undefined || bytes.length === 0) return { bytes, problem: null }
  const inflate = DECODERS[coding.trim().toLowerCase()]
  if (inflate === undefined) return unreadable('a content-encoding that nobody asked for')
  try {
    return { bytes: inflate(bytes, { maxOutputLength: maxBytes }), problem: null }
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    return unreadable(tooLarge ? `more than ${maxBytes} bytes when decompressed` : 'not what its content-encoding says')
  }
}

/** One coding alone: a list of them is an onion that no provider needs. */
const DECODERS: Readonly<Record<string, (bytes: Buffer, options: ZlibOptions) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  br: (bytes, { maxOutputLength }) =>
    brotliDecompressSync(bytes, maxOutputLength === undefined ? {} : { maxOutputLength }),
  // Many send the bare stream without the wrapper that the name stands for.
  deflate: (bytes, options) =>
    (bytes[0] ?? 0) % 16 === 8 ? inflateSync(bytes, options) : inflateRawSync(bytes, options),
}

const CHARSET = /;\s*charset\s*=\s*"?([\w:.-]{1,40})/i

/** UTF-8, unless the provider names another charset that exists: a name in Latin-1 must not look like another name. */
export function bodyText(bytes: Buffer, contentType: string | undefined): string {
  const charset = CHARSET.exec(contentType ?? '')?.[1]?.toLowerCase() ?? 'utf-8'
  const plain = charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii'
  return plain ? bytes.toString('utf8') : inCharset(charset, bytes)
}

function inCharset(charset: string, bytes: Buffer): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}

const unreadable = (problem: string): DecodedBody => ({ bytes: Buffer.alloc(0), problem })
