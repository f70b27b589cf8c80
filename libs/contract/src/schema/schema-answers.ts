import { ANSWER_MEANINGS } from '@readback/lifecycle'
import { z } from 'zod'
import { choice, decode, header, match, pattern, pointer, shape, statuses, text } from './schema-leaves.ts'

export const externalId = z
  .union(
    [
      pointer,
      shape({
        at: pointer.optional().describe('JSON Pointer to the place that holds the id.'),
        header: text('a header name').optional().describe('Name of the header that holds the id.'),
        re: pattern
          .optional()
          .describe(
            'RE2 pattern that takes the id out of its place, or out of the whole body where no place is named; its one group is the id.',
          ),
      }),
    ],
    { error: 'a JSON Pointer into the answer, { header: location, re: "([^/]+)$" } or { re: "id=([0-9]+)" }' },
  )
  .describe(
    'Where the answer to the call says what the provider calls the thing; an id has at most 1024 bytes and no control characters.',
  )

const retryAfter = shape(
  {
    at: pointer.optional().describe('JSON Pointer to the time to wait in the body.'),
    header: text('a header name')
      .optional()
      .describe('Name of a header that holds the time to wait as a plain number.'),
    unit: choice('ms', 's').optional().describe('Unit of the number. Default: s.'),
  },
  '{ at: /retry_after_ms, unit: ms } or { header: x-ratelimit-reset-after }',
)

const answerRule = shape({
  status: statuses.optional().describe('Status of the answer, a list of them, or a class such as 5xx. Default: any.'),
  header: header.optional().describe('What must stand in headers of the answer, by name.'),
  match: match.optional().describe('What must stand in the body, by JSON Pointer.'),
  decode: decode.optional().describe('How the body is read for this rule. Default: as call.decode says.'),
  means: choice(...ANSWER_MEANINGS).describe(
    'What such an answer proves: accepted, exists, in_progress, not_executed, refused, permission, other_payload, unknown, or partial.',
  ),
  retry_after: retryAfter
    .optional()
    .describe('Where the answer says how long to wait, besides the Retry-After header; the longer one counts.'),
})

/** What the answers to the call mean. */
export const answers = z
  .array(answerRule, { error: 'a list of rules' })
  .describe('What answers to the call mean; the first rule that applies wins, then the standard table.')
