import { compilePayloadSchema } from '../compile/payload-schema.ts'
import type { Check } from './check.ts'
import { at } from './document.ts'

export const checkPayload: Check = (document) => {
  const schema = at(document, 'payload')
  if (typeof schema !== 'object' || schema === null) return []
  const compiled = compilePayloadSchema(schema)
  if (compiled.ok) return []
  const message = `expected a JSON Schema 2020-12, got one that does not compile: ${compiled.reason}`
  return [
    {
      code: 'payload_schema_invalid',
      path: ['payload'],
      message,
      fix: 'payload: { type: object, required: [customer] }',
    },
  ]
}
