import type { Decoding } from '../read/decode.ts'

const ACCEPT: Readonly<Record<Exclude<Decoding, 'json'>, string>> = {
  xml: 'application/xml, text/xml',
  text: '*/*',
  form: '*/*',
}

type Request = {
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string | number | boolean>> | undefined
}

/** The request with the `accept` that goes with how its answer is read: asked for JSON, some refuse to give anything else. */
export function accepting<R extends Request>(request: R, decode: Decoding, anything = false): R {
  const named = Object.keys(request.headers ?? {}).some((name) => name.toLowerCase() === 'accept')
  const accept = anything || request.method === 'HEAD' ? '*/*' : acceptFor(decode)
  return named || accept === null ? request : { ...request, headers: { accept, ...request.headers } }
}

/** Null where the default of every request is right. */
function acceptFor(decode: Decoding): string | null {
  return decode === 'json' ? null : ACCEPT[decode]
}
