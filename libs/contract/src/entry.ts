/** The intent as the producer committed it. */
export type Entry = {
  readonly entryId: string
  readonly tenant: string
  readonly effect: string
  readonly key: string
  /** The JSON text exactly as given: field order and number spelling are kept. */
  readonly payload: string
  /** RFC 3339, from the database. */
  readonly createdAt: string
}

/** Looks a secret up by the name in `${secret:NAME}`; undefined when it is not configured. */
export type SecretSource = (name: string) => string | undefined
