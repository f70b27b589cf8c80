import { z } from 'zod'
import { lastingDuration, later, record, scalar, shape, text } from './schema-leaves.ts'

const body = shape(
  {
    json: z.unknown().optional(),
    text: z.string().optional(),
    type: text('a media type').optional(),
    form: record(scalar, 'a map of fields').optional(),
    multipart: later,
  },
  'one of json, text, form',
)
export const request = {
  url: text('a URL'),
  query: record(scalar, 'a map from parameter names to texts').optional(),
  headers: record(scalar, 'a map from header names to texts').optional(),
  body: body.optional(),
  timeout: lastingDuration.optional(),
}
export const read = shape(
  { ...request, method: text('an HTTP method').optional(), safe: z.boolean({ error: 'true or false' }).optional() },
  'a request with a url',
)
