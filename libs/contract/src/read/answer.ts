/** What came back over HTTP. */
export type Answer = {
  readonly status: number
  /** Lower-case names; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string>>
  /** Read as UTF-8; empty when there was none. */
  readonly body: string
  /** As they came, for other encodings and for hashes. Where they are missing, those of `body` count. */
  readonly bytes?: Uint8Array | undefined
  /** The body was cut: connection lost, deadline passed, or larger than the cap. */
  readonly truncated: boolean
}

/** An answer, or the code of why there is none. */
export type AnswerOrFailure = Answer | { readonly failed: string }

export function is2xx(status: number): boolean {
  return status >= 200 && status <= 299
}

/** Null stands for any 2xx. */
export function hasStatus(statuses: readonly number[] | null, status: number): boolean {
  return statuses === null ? is2xx(status) : statuses.includes(status)
}

/** Of the answer itself, not of what every object has. */
export function ownHeader(headers: Answer['headers'], name: string): string | undefined {
  return Object.hasOwn(headers, name) ? headers[name] : undefined
}
