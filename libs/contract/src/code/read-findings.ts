import { parseExactly } from '../read/json-exact.ts'
import type { CodeFindings } from '../read/look.ts'
import { isPlainObject } from '../read/match.ts'
import type { Ending } from './read-ending.ts'

/** As much as the body of an answer may have. */
const CHARS_MAX = 1024 * 1024
const CODE = /^\w{1,63}$/

/** What code returned from a look, as data that rules can be applied to. Whatever is not clearly that is no finding. */
export function readFindings(ending: Ending, requests: number): CodeFindings {
  const nothing = (inconclusive: string, what: string) => ({ inconclusive, what, requests })
  if (ending.kind === 'left') return nothing(ending.code, 'the code of the look did not end in time')
  if (ending.kind === 'threw') return nothing('code_threw', `the code of the look threw ${nameOf(ending.error)}`)
  const value: unknown = ending.value
  if (!isPlainObject(value)) return nothing('code_result_invalid', NOT_FINDINGS)
  const { items, complete, inconclusive } = value
  if (typeof inconclusive === 'string' && CODE.test(inconclusive))
    return nothing(inconclusive, 'the code of the look says that it saw nothing for certain')
  const list = asData(items)
  if (!Array.isArray(list) || typeof complete !== 'boolean') return nothing('code_result_invalid', NOT_FINDINGS)
  return { items: list, complete, requests }
}

const NOT_FINDINGS = 'the code of the look returned neither a list of JSON values nor why there is none'

/** Never its message, which may hold values. */
function nameOf(error: unknown): string {
  return error instanceof Error && CODE.test(error.name) ? error.name : 'something'
}

/** As if they had come in an answer: no more of it, no deeper, and numbers compared alike. */
function asData(items: unknown): unknown {
  try {
    const text = JSON.stringify(items) ?? ''
    return text.length > CHARS_MAX ? undefined : parseExactly(text)
  } catch {
    return undefined
  }
}
