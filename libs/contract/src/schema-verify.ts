import { z } from 'zod'
import { count, duration, later, match, pointer, record, shape, status, text } from './schema-leaves.ts'
import { read, request } from './schema-request.ts'

const present = shape(
  { status: status.optional(), match: match.optional(), expect: later, body: later },
  'a map with status and match',
)
const matchOnly = shape({ match })
const absentRule = shape({
  items: z.literal(0, { error: '0' }).optional(),
  status: status.optional(),
  match: match.optional(),
  missing: pointer.optional(),
})
const rules = {
  present: present.optional(),
  pending: matchOnly.optional(),
  failed: matchOnly.optional(),
  removed: matchOnly.optional(),
  absent: z.array(absentRule, { error: 'a list of rules' }).optional(),
}
const items = z.union([pointer, shape({ at: pointer, missing: z.literal('empty') })], {
  error: 'a JSON Pointer to the list, or { at: /data, missing: empty }',
})
const next = shape({
  query: record(pointer, 'a map from parameter names to JSON Pointers into the page'),
  while: pointer.optional(),
  max_pages: count('a number of pages').optional(),
  until: later,
})
const look = shape(
  { read, items: items.optional(), where: match.optional(), next: next.optional(), ...rules, decode: later },
  'a look with read',
)

export const verify = shape(
  {
    none: text('the reason why the provider offers no way to look').optional(),
    ends: z.literal('acknowledged', { error: 'acknowledged' }).optional(),
    by_key: look.optional(),
    by_id: look.optional(),
    ...rules,
    canary: shape(
      { ...request, status: status.optional(), match: match.optional() },
      'a request with a url',
    ).optional(),
    settle: shape({ first: duration.optional(), every: duration.optional(), for: duration.optional() }).optional(),
    keep: later,
    callback: later,
  },
  'how to read the effect back, or { none: "why", ends: acknowledged }',
)
