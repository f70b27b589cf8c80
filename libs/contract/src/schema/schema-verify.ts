import { z } from 'zod'
import { ownAuth } from './schema-auth.ts'
import { callback } from './schema-callback.ts'
import { decode, duration, header, match, pointer, record, shape, statuses, text } from './schema-leaves.ts'
import { items, next } from './schema-pages.ts'
import { read } from './schema-request.ts'

const answerTest = {
  status: statuses.optional().describe('Status of the answer, a list of them, or a class such as 2xx. Default: 2xx.'),
  header: header.optional().describe('What must stand in headers of the answer, by name.'),
  match: match.optional().describe('What must stand there, by JSON Pointer: in the item of a list, else in the body.'),
}
const present = shape(
  {
    ...answerTest,
    expect: z
      .int({ error: 'a number of effects' })
      .min(1, { error: 'a number of effects' })
      .max(1_000, { error: 'at most 1000 effects' })
      .optional()
      .describe('How many effects one entry has. Fewer are looked for again, more are a duplicate. Default: 1.'),
    body: shape({ sha256_of: z.literal('call', { error: 'call' }) }, '{ sha256_of: call }')
      .optional()
      .describe('The body that came back must have, byte by byte, the SHA-256 of the body that was sent.'),
  },
  'a map with status, match, header, body or expect',
)
const state = shape(
  {
    status: statuses
      .optional()
      .describe('Status that alone shows this state, also one that present does not allow. Default: as in present.'),
    header: answerTest.header,
    match: answerTest.match,
  },
  'a map with match, header or status',
)
const absentRule = shape({
  items: z
    .literal(0, { error: '0' })
    .optional()
    .describe('A complete list without an item that is ours proves that nothing is there.'),
  ...answerTest,
  decode: decode.optional().describe('How the body is read for this rule. Default: as the look says.'),
  missing: pointer
    .optional()
    .describe('JSON Pointer to a place of which nothing is there, while the object around it is.'),
})
const rules = {
  present: present.optional().describe('What must be found for the effect to count as done.'),
  pending: state.optional().describe('How a thing looks that is there and not finished: it is looked for again.'),
  failed: state.optional().describe('How a thing looks that is there and refused or void: a person is told.'),
  removed: state.optional().describe('How a tombstone looks: a person is told, and nothing is called again.'),
  absent: z
    .array(absentRule, { error: 'a list of rules' })
    .optional()
    .describe('What proves that nothing is there, any one of them. Default for a list: [{ items: 0 }].'),
}
const look = shape(
  {
    read: read.describe('The request that asks the provider.'),
    decode: decode.optional().describe('How bodies are read, whatever their label says. Default: as call.decode says.'),
    items: items
      .optional()
      .describe('JSON Pointer to the list in the body, when the answer is a list; "" is the body itself.'),
    where: match
      .optional()
      .describe('Which items are ours, exactly; applied here, whatever the provider filtered by. Needed beside items.'),
    next: next.optional().describe('How to get the next page. Default: the first page is the whole list.'),
    ...rules,
    auth: ownAuth,
  },
  'a look with read',
)
const canary = shape(
  {
    ...read.shape,
    ...answerTest,
    decode: decode.optional().describe('How the body is read. Default: as call.decode says.'),
    auth: ownAuth,
  },
  'a request with a url',
)
const settle = shape({
  first: duration.optional().describe('When to look first after the call. Default: 0s.'),
  every: duration.optional().describe('How often to look again. Default: 2s.'),
  for: duration
    .optional()
    .describe('How long an effect may take to show; absent counts only after that. Default: 60s.'),
})

export const verify = shape(
  {
    none: text('the reason why the provider offers no way to look')
      .optional()
      .describe('Why the provider offers no way to look; then entries end acknowledged, never done.'),
    ends: z.literal('acknowledged', { error: 'acknowledged' }).optional().describe('How entries end beside none.'),
    by_key: look.optional().describe('The look by the key: it works also when the answer was lost, and sees doubles.'),
    by_id: look
      .optional()
      .describe('A cheaper look by the external id, used after exactly one call that was answered.'),
    auth: ownAuth,
    ...rules,
    canary: canary
      .optional()
      .describe('A request that must succeed before an absence is believed: it shows that the place is the right one.'),
    settle: settle.optional().describe('When and how often to look.'),
    keep: record(pointer, 'a map from names to JSON Pointers')
      .optional()
      .describe(
        'Values of what was found that are kept with the receipt, by name; texts, numbers, booleans of at most 1024 bytes.',
      ),
    callback: callback
      .optional()
      .describe(
        'What the provider sends us when something has happened: a hint that makes us look earlier, never a proof.',
      ),
  },
  'how to read the effect back, or { none: "why", ends: acknowledged }',
)
