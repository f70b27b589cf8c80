import { z } from 'zod'
import { DURATION, parseDuration } from './duration.ts'
import { POINTER } from './json-pointer.ts'

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
export const status = z.union([statusNumber, z.array(statusNumber).min(1)], {
  error: 'an HTTP status or a list of them',
})

const valueTest = z.union(
  [
    scalar,
    z.null(),
    shape({ equals: z.unknown(), by: choice('number', 'lower', 'trim').optional() }).refine(
      (test) => test.equals !== undefined,
    ),
    shape({ exists: z.boolean() }),
  ],
  { error: 'a value, { equals: ..., by: number | lower | trim } or { exists: true }' },
)
export const match = z.union([z.literal('all'), z.record(pointer, valueTest)], {
  error: 'a map from JSON Pointers to what must stand there, or all',
})
