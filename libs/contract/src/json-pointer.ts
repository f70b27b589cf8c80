/** A JSON Pointer (RFC 6901), taken apart. In arrays `-1` means the last element, which paging needs. */
export type Pointer = readonly string[]

export const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/

export function parsePointer(text: string): Pointer {
  if (text === '') return []
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

export function formatPointer(pointer: Pointer): string {
  return pointer.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The value at `pointer`, or undefined when there is none. */
export function valueAt(value: unknown, pointer: Pointer): unknown {
  let found = value
  for (const token of pointer) {
    found = childOf(found, token)
    if (found === undefined) return undefined
  }
  return found
}

function childOf(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return value[indexIn(value.length, token)]
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, token)) {
    return (value as Record<string, unknown>)[token]
  }
  return undefined
}

/** -1 when `token` is not an index of an array of this length. */
function indexIn(length: number, token: string): number {
  if (token === '-1') return length - 1
  return /^(?:0|[1-9]\d{0,9})$/.test(token) ? Number(token) : -1
}
