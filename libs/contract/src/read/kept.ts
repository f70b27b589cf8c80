import { numberText } from './json-exact.ts'
import { type Pointer, valueAt } from './json-pointer.ts'

const TEXT_BYTES_MAX = 1024

/** The values at these places as one JSON object; null stands for what is not there, too long, or more than a single value. */
export function keptText(keep: readonly (readonly [name: string, at: Pointer])[], item: unknown): string | null {
  if (keep.length === 0) return null
  const members = keep.map(([name, at]) => `${JSON.stringify(name)}:${singleValue(valueAt(item, at))}`)
  return `{${members.join(',')}}`
}

/** Numbers as they were written. A zero in a text, or half a character, could be stored and not read again. */
function singleValue(value: unknown): string {
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return numberText(value) ?? 'null'
  const storable = Buffer.byteLength(value) <= TEXT_BYTES_MAX && !/[\0\p{Cs}]/u.test(value)
  return storable ? JSON.stringify(value) : 'null'
}
