import { z } from 'zod'
import { contractSchema } from './schema.ts'
import { httpCall } from './schema-call.ts'
import { lastingDuration, match, shape } from './schema-leaves.ts'
import { verify } from './schema-verify.ts'

/**
 * The shape of contracts with code, as they are kept: `code` says which text the code has, and what it does. What the code does is
 * missing in the rest: a call has no request, a look by key only what its findings are held against.
 */
const code = shape({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  call: z.literal(true).optional(),
  look: z.literal(true).optional(),
  classify: z.literal(true).optional(),
})
const codeCall = shape(
  {
    timeout: httpCall.shape.timeout,
    decode: httpCall.shape.decode,
    external_id: httpCall.shape.external_id,
  },
  'a map with the timeout of the code',
)
const ownLook = verify.shape.by_key.unwrap().shape
const codeLook = shape(
  {
    /** Written by us: the list is what the code returns. */
    items: z.literal('').optional(),
    where: match.optional(),
    timeout: lastingDuration.optional(),
    present: ownLook.present,
    pending: ownLook.pending,
    failed: ownLook.failed,
    removed: ownLook.removed,
  },
  'a map with where and present',
)
const { none: _none, ends: _ends, ...looks } = verify.shape
const codeVerify = shape({ ...looks, by_key: codeLook.optional() }, 'what the findings of the look are held against')

type Source = z.infer<typeof contractSchema>
export type CodeSource = z.infer<typeof code>
export type CodeCallSource = z.infer<typeof codeCall>
export type CodeLookSource = z.infer<typeof codeLook>
export type VerifySource = Source['verify'] | z.infer<typeof codeVerify>

/** A contract file, or what is kept of a module. */
export type ContractDocument = Omit<Source, 'call' | 'verify'> & {
  readonly call: Source['call'] | CodeCallSource
  readonly verify: VerifySource
  readonly code?: CodeSource | undefined
}

export type CodeParts = { readonly call: boolean; readonly look: boolean }

/** Generated once for each of the four. */
export function codeSchema({ call, look }: CodeParts): z.ZodType {
  const name = `${call} ${look}`
  const known = schemas.get(name) ?? shape(fieldsOf({ call, look }), 'a contract: a map of fields')
  schemas.set(name, known)
  return known
}

const schemas = new Map<string, z.ZodType>()

function fieldsOf({ call, look }: CodeParts): z.ZodRawShape {
  return { ...contractSchema.shape, code, ...(call && { call: codeCall }), ...(look && { verify: codeVerify }) }
}
