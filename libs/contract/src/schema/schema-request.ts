import { z } from 'zod'
import { lastingDuration, record, scalar, shape, text } from './schema-leaves.ts'

const MEDIA_TYPE = /^[a-z0-9][\w!#$&^.+-]*\/[\w!#$&^.+*-]+(?:; ?[\w-]+=(?:[\w.+-]+|"[\x20!#-[\]-~]*"))*$/i
const mediaType = z.string({ error: 'a media type' }).regex(MEDIA_TYPE, { error: 'a media type, such as text/plain' })
const content = {
  json: z
    .unknown()
    .optional()
    .describe(
      'Sent as JSON: any YAML value, with templates in its texts. A text that is one expression keeps the type of its value.',
    ),
  text: z
    .string({ error: 'a text' })
    .optional()
    .describe(
      'Sent as it stands, with each value escaped as `type` demands (XML, iCalendar, JSON, form); plain text escapes nothing.',
    ),
  base64: text('a text').optional().describe('A template that gives base64; its bytes are sent, not its text.'),
  type: mediaType
    .optional()
    .describe(
      'Media type of the content. Default: application/json, text/plain, application/octet-stream or multipart/form-data, by its kind.',
    ),
}
type FormValue = string | number | boolean | FormValue[] | { [name: string]: FormValue }
const formValue: z.ZodType<FormValue> = z.lazy(() =>
  z.union([scalar, z.array(formValue), z.record(z.string(), formValue)], {
    error: 'a text, a number, a boolean, or a map or a list of them',
  }),
)
const part = shape(
  {
    name: text('a name').optional().describe('Name of the field, which multipart/form-data requires.'),
    filename: text('a file name').optional().describe('Makes the part a file of this name.'),
    ...content,
  },
  'a part: { name: file, filename: a.pdf, type: application/pdf, base64: "${payload./file}" }',
)
export const body = shape(
  {
    ...content,
    form: z
      .union([text('a template'), z.record(z.string(), formValue)], { error: 'a map of fields' })
      .optional()
      .describe(
        'Sent as application/x-www-form-urlencoded. Maps and lists inside become names in brackets: a[b]=1, a[]=1.',
      ),
    multipart: z
      .array(part, { error: 'a list of parts' })
      .min(1, { error: 'a list of parts' })
      .optional()
      .describe(
        'Sent in parts, in this order; each has one of json, text, base64. The boundary is the same on every attempt.',
      ),
  },
  'one of json, form, text, base64, multipart',
)
export type BodySource = z.infer<typeof body>

export const method = z.string({ error: 'an HTTP method in capitals' }).regex(/^[A-Z][A-Z0-9_-]{0,31}$/, {
  error: 'an HTTP method in capitals',
})
export const request = {
  url: text('a URL').describe(
    'Absolute http(s) URL. Templates may fill path and query, never the host; values are percent-encoded.',
  ),
  query: record(scalar, 'a map from parameter names to texts')
    .optional()
    .describe('Parameters that are added to the URL, sorted by name.'),
  headers: record(scalar, 'a map from header names to texts')
    .optional()
    .describe('Headers besides those of auth, key and body. Default: accept: application/json.'),
  body: body.optional().describe('What is sent: one of json, form, text, base64, multipart. Default: nothing.'),
  timeout: lastingDuration
    .optional()
    .describe('For connecting, sending and receiving together, not an idle time. Default: that of call.'),
}
export const read = shape(
  {
    ...request,
    method: method.optional().describe('HTTP method of the look. Default: GET.'),
    safe: z
      .boolean({ error: 'true or false' })
      .optional()
      .describe(
        'True says that this method changes nothing here, though it is not one that is known to be safe. Default: false.',
      ),
  },
  'a request with a url',
)
