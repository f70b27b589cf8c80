import { type Contract, type Entry, sliceAt } from '@readback/contract'

const LINK_CHARS_MIN = 8

/** What others said, as it may be stored and shown: its beginning, without secrets and without what the contract redacts. */
export type Redact = (said: string, charsMax: number) => string

export function redactor(contract: Contract, entry: Entry, secrets: Iterable<string>): Redact {
  // Longest first: a short value inside a longer one must not break the longer one up.
  const hidden = [...secrets]
    .flatMap(spellings)
    .concat(redacted(contract, entry))
    .sort((left, right) => right.length - left.length)
  return (said, charsMax) => {
    const text = hidden.reduce((shown, value) => shown.replaceAll(value, '[hidden]'), said)
    // A character cut in half would be refused by the database's jsonb, whenever somebody asks for the entry's history.
    return text
      .replaceAll(/\p{Cc}+/gu, ' ')
      .slice(0, charsMax)
      .replace(/\p{Cs}$/u, '')
  }
}

/**
 * Whether a short text holds something of ours that is not to be stored. A redactor costs more than all the rest of the evidence of a
 * success, and a name that providers make up never holds any of it: where one does, it is left out.
 */
export function isTelling(text: string, contract: Contract, entry: Entry, secrets: Iterable<string>): boolean {
  const fields = contract.redact.map((pointer) => sliceAt(entry.payload, pointer)?.replaceAll(/^"|"$/g, '') ?? '')
  return (
    entry.payload.includes(text) || [...secrets, ...fields].some((hidden) => hidden !== '' && text.includes(hidden))
  )
}

function redacted(contract: Contract, entry: Entry): string[] {
  const fields = contract.redact.flatMap((pointer) => {
    const slice = sliceAt(entry.payload, pointer)
    if (slice === null || slice === 'null' || slice === '""') return []
    return slice.startsWith('"') ? spellings(JSON.parse(slice) as string) : [slice]
  })
  return [...fields, ...links(entry)]
}

/** Whoever has a prepared link may use it. A short value is none, and would blacken every text that happens to hold it. */
function links({ prepared = null }: Entry): string[] {
  const values: unknown[] = prepared === null ? [] : Object.values(JSON.parse(prepared))
  return values.flatMap((value) =>
    typeof value === 'string' && value.length >= LINK_CHARS_MIN ? spellings(value) : [],
  )
}

/** As it is, inside JSON, and inside basic credentials or a URL. */
function spellings(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const base64 = Buffer.from(value, 'utf8').toString('base64')
  return [...new Set([value, json, base64, safeEncode(value)])]
}

function safeEncode(value: string): string {
  try {
    return encodeURIComponent(value)
  } catch {
    return value
  }
}
