import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'

/** Returns null when the payload fits, else what does not, by place and rule and never with a value. */
export type PayloadCheck = (payload: unknown) => string | null

export type CompiledSchema =
  | { readonly ok: true; readonly check: PayloadCheck }
  | { readonly ok: false; readonly reason: string }

/** JSON Schema 2020-12. `format` stays an annotation, as the standard has it. */
export function compilePayloadSchema(schema: object): CompiledSchema {
  const compiler = sharedCompiler()
  try {
    const validate = compiler.compile(schema)
    return { ok: true, check: (payload) => (validate(payload) ? null : explain(validate)) }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  } finally {
    compiler.removeSchema(schema)
  }
}

let compiler: Ajv2020 | undefined

/** One for all contracts: compiling the schema of schemas takes 50 ms. */
function sharedCompiler(): Ajv2020 {
  compiler ??= new Ajv2020({
    strict: true,
    strictRequired: false,
    strictTypes: false,
    strictTuples: false,
    validateFormats: false,
    addUsedSchema: false,
  })
  return compiler
}

function explain(validate: ValidateFunction): string {
  const [first] = validate.errors ?? []
  return first === undefined ? 'does not fit' : `${first.instancePath || 'the payload'} ${complaint(first)}`
}

function complaint(error: ErrorObject): string {
  return error.message ?? `breaks ${error.keyword}`
}
