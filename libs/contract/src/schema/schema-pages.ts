import { z } from 'zod'
import { count, duration, pointer, record, shape, text } from './schema-leaves.ts'

export const items = z.union(
  [
    pointer,
    shape({
      at: pointer.describe('JSON Pointer to the list.'),
      missing: z.literal('empty').describe('A list that is not there counts as an empty one.'),
    }),
  ],
  { error: 'a JSON Pointer to the list, or { at: /data, missing: empty }' },
)

const until = shape(
  {
    at: pointer.describe(
      'JSON Pointer, in an item, to the time it was made: RFC 3339, or seconds or milliseconds since 1970.',
    ),
    before: text('a template for a time').describe(
      'The time that items must be older than for the rest not to be read, such as ${created_at}.',
    ),
    margin: duration.optional().describe('By how much the clocks of provider and database may differ. Default: 5m.'),
  },
  '{ at: /created, before: "${created_at}" }',
)

export const next = shape(
  {
    query: record(pointer, 'a map from parameter names to JSON Pointers into the page')
      .optional()
      .describe('Parameters of the next request, each with the JSON Pointer to its value in this page.'),
    url: pointer
      .optional()
      .describe('JSON Pointer to the URL of the next page, on the same origin, full or as a path.'),
    link: z
      .literal('next', { error: 'next' })
      .optional()
      .describe('The Link header with this relation holds the URL of the next page, on the same origin.'),
    while: pointer
      .optional()
      .describe(
        'JSON Pointer to what says that there are more pages. Default: there are while there is a way to the next.',
      ),
    until: until.optional().describe('Ends the reading early in a list that is sorted newest first.'),
    max_pages: count('a number of pages')
      .optional()
      .describe('How many pages are read; when there are more, the look is inconclusive. Default: 5.'),
  },
  'one of query, url, link',
)
