import { parseDurationMs } from '@readback/service-kit'
import { usageError } from './cli-error.ts'

/** One thing that a command is told: by its place on the command line, or by an option named for the field. */
export type Field<T> = {
  kind: 'argument' | 'arguments' | 'option'
  /** Shown in the help for the value, such as `<duration>`. */
  placeholder: string
  summary: string
  required: boolean
  /** Throws a usage error for what it does not accept. */
  read: (given: GivenValue) => T
}

/** What stood on the command line for a field. */
export type GivenValue = string | string[] | undefined

export type Fields = Readonly<Record<string, Field<unknown>>>
export type InputOf<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never }

const asText = (given: GivenValue) => String(given)
const field = <T>(definition: Field<T>) => definition

export const argument = (summary: string) =>
  field({ kind: 'argument', placeholder: '', summary, required: true, read: asText })

export const optionalArgument = (summary: string) =>
  field({
    kind: 'argument',
    placeholder: '',
    summary,
    required: false,
    read: (given) => (given === undefined ? undefined : asText(given)),
  })

/** Any number of them, none included. */
export const trailing = (summary: string) =>
  field({ kind: 'arguments', placeholder: '', summary, required: false, read: (given) => [given ?? []].flat() })

export const required = (placeholder: string, summary: string) =>
  field({ kind: 'option', placeholder, summary, required: true, read: asText })

/** An option that need not be there; `read` gives undefined for what it cannot accept. */
export function optional<T>(placeholder: string, summary: string, read: (text: string) => T | undefined) {
  const readGiven = (given: GivenValue): T | undefined => {
    if (given === undefined) return undefined
    const value = read(String(given))
    if (value === undefined) throw usageError(`expected ${placeholder}, got ${JSON.stringify(given)}`)
    return value
  }
  return field({ kind: 'option', placeholder, summary, required: false, read: readGiven })
}

/** An option without a value: given or not. */
export const flag = (summary: string) =>
  field({ kind: 'option', placeholder: '', summary, required: false, read: (given) => given !== undefined })

export const optionalText = (placeholder: string, summary: string) => optional(placeholder, summary, asText)

export const optionalDuration = (summary: string) => optional('<duration>', summary, parseDurationMs)

export const optionalCount = (summary: string) =>
  optional('<count>', summary, (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined))

export const optionalOneOf = <const T extends string>(summary: string, values: readonly T[]) =>
  optional(`<${values.join('|')}>`, summary, (text) => values.find((value) => value === text))
