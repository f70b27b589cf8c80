import { z } from 'zod'
import { DURATION, parseDuration } from '../duration.ts'
import { COMPARATORS } from '../read/comparator.ts'
import { DECODINGS } from '../read/decode.ts'
import { POINTER } from '../read/json-pointer.ts'

/** The building blocks of the schema. Every `error` is the phrase behind "expected" in a problem. */
export const text = (expected: string) => z.string({ error: expected }).min(1, { error: expected })
export const duration = z
  .string({ error: 'a duration with a unit' })
  .regex(DURATION, { error: 'a duration with a unit' })
  .refine((text) => parseDuration(text) !== null, { error: 'a duration of at most ten years' })
/** Of what must not take no time at all. */
export const lastingDuration = duration.refine((text) => parseDuration(text) !== 0, { error: 'a duration above zero' })
export const count = (expected: string) =>
  z.int({ error: expected }).min(1, { error: expected }).max(1_000_000, { error: expected })
export const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` })
export const pointer = z
  .string({ error: 'a JSON Pointer' })
  .regex(POINTER, { error: 'a JSON Pointer, empty or starting with /' })
export const record = <V extends z.ZodType>(value: V, expected: string) =>
  z.record(z.string(), value, { error: expected })
export const shape = <S extends z.ZodRawShape>(fields: S, expected = 'a map') =>
  z.strictObject(fields, { error: expected })
/** Known to the language, refused by the checks as not available yet. */
export const later = z.unknown().optional()

export const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'a text, a number or a boolean' })
const statusNumber = z
  .int({ error: 'an HTTP status' })
  .min(100, { error: 'an HTTP status' })
  .max(599, { error: 'an HTTP status' })
const STATUS = 'an HTTP status or a class such as 5xx'
const statusClass = z.string({ error: STATUS }).regex(/^[1-5]xx$/, { error: STATUS })
const anyStatus = z.union([statusNumber, statusClass], { error: STATUS })
/** What statuses an answer may have: numbers, and classes of them. */
export const statuses = z.union([anyStatus, z.array(anyStatus).min(1)], {
  error: 'an HTTP status, a class such as 5xx, or a list of them',
})

export const decode = choice(...DECODINGS)
/** RE2; whether it can be compiled is told by the checks, which can say why not. */
export const pattern = text('a pattern')

const by = choice(...COMPARATORS)
const valueTest = z.union(
  [
    scalar,
    z.null(),
    shape({
      equals: z.unknown().describe('The value that must stand there; a template is filled from the entry.'),
      by: by.optional().describe('How the two are brought together before they are compared. Default: as they are.'),
    }).refine((test) => test.equals !== undefined),
    shape({ exists: z.boolean().describe('Whether anything may stand there.') }),
    shape({
      re: pattern.describe('RE2 pattern that must be found in the text, in linear time; it may have one group.'),
      equals: z.unknown().optional().describe('What the group, or the whole place without one, must be equal to.'),
      by: by.optional().describe('How the two are brought together before they are compared. Default: as they are.'),
    }),
  ],
  { error: `a value, { equals: ..., by: ${COMPARATORS.join(' | ')} }, { re: ..., equals: ... } or { exists: true }` },
)
const isNotEmpty = (tests: object): boolean => Object.keys(tests).length > 0
/** Places of a document to what must stand there. */
export const fields = z
  .record(pointer, valueTest, { error: 'a map from JSON Pointers to what must stand there' })
  .refine(isNotEmpty, { error: 'at least one JSON Pointer with what must stand there' })
export const match = z.union(
  [
    z.literal('all'),
    shape({
      all: z
        .literal(true)
        .describe('Every field of the payload must be there and equal; what the provider adds does not matter.'),
      at: pointer.optional().describe('Where the payload stands in what came back. Default: "", its root.'),
      except: z
        .array(pointer, { error: 'a list of JSON Pointers' })
        .optional()
        .describe('Fields of the payload that are not compared, by JSON Pointer into the payload.'),
      by: z
        .record(pointer, by, { error: 'a map from JSON Pointers into the payload to comparators' })
        .optional()
        .describe('How single fields of the payload are compared, by JSON Pointer into the payload.'),
      also: fields.optional().describe('What else must stand in what came back.'),
    }),
    fields,
  ],
  { error: 'a map from JSON Pointers to what must stand there, all, or { all: true, except: [/note] }' },
)
/** Header names to what they must hold. */
export const header = z
  .record(text('a header name'), valueTest, { error: 'a map from header names to what they must hold' })
  .refine(isNotEmpty, { error: 'at least one header with what it must hold' })
