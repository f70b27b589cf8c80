import type { Answer } from '@readback/contract'
import { bodyText } from './decode-body.ts'

type Received = {
  readonly status: number
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly Buffer[]
  /** Without the compression that they came in. */
  readonly bytes: Buffer
  readonly truncated: boolean
}

/** What came back. Of most answers nobody asks for a header or for the text, so both are made when somebody does. */
export class ReceivedAnswer implements Answer {
  readonly status: number
  readonly bytes: Buffer
  readonly truncated: boolean
  /** Names and values in turn, as they came: for whoever needs one of them, and no map of all. */
  readonly rawHeaders: readonly Buffer[]
  #headers: Record<string, string> | null = null
  #body: string | null = null

  constructor({ status, rawHeaders, bytes, truncated }: Received) {
    this.status = status
    this.bytes = bytes
    this.truncated = truncated
    this.rawHeaders = rawHeaders
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= headerMap(this.rawHeaders)
    return this.#headers
  }

  get body(): string {
    this.#body ??= bodyText(this.bytes, rawHeader(this.rawHeaders, 'content-type'))
    return this.#body
  }
}

/** The value of one header, without a map of all of them; `name` is in lower case. */
export function rawHeader(raw: readonly Buffer[], name: string): string | undefined {
  let value: string | undefined
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const found = raw[at]
    if (found?.length !== name.length || found.toString('latin1').toLowerCase() !== name) continue
    const more = raw[at + 1]?.toString('latin1') ?? ''
    value = value === undefined ? more : `${value}, ${more}`
  }
  return value
}

/** Without a prototype: a header called `constructor` is one that came, or none. */
function headerMap(raw: readonly Buffer[]): Record<string, string> {
  const headers = Object.create(null) as Record<string, string>
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = String(raw[at]).toLowerCase()
    const value = raw[at + 1]?.toString('latin1') ?? ''
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}
