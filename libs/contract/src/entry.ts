/** The intent as the producer committed it, and what was prepared for its call. */
export type Entry = {
  readonly entryId: string
  /** Name of the database that it was committed in: `default` if there is but one, and it has no other name. */
  readonly source?: string
  readonly tenant: string
  readonly effect: string
  readonly key: string
  /** The JSON text exactly as given: field order and number spelling are kept. */
  readonly payload: string
  /** RFC 3339, from the database. */
  readonly createdAt: string
  /** What the steps of `prepare` kept: a JSON object by name. Null or not there before they ran. */
  readonly prepared?: string | null
}

/** Looks a secret up by the name in `${secret:NAME}`; undefined when it is not configured. */
export type SecretSource = (name: string) => string | undefined
