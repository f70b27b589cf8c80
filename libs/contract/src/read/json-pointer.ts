import { XmlNodes } from './xml.ts'

/**
 * A JSON Pointer (RFC 6901), taken apart. In arrays `-1` means the last element, which paging needs. In XML its parts are the steps that
 * `XmlNodes` knows; the first names the root.
 */
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
  return found instanceof XmlNodes ? found.value() : found
}

/** The list at `pointer`, or undefined when there is none. In XML the element around it is what shows that a list of none is there. */
export function listAt(value: unknown, pointer: Pointer): readonly unknown[] | undefined {
  if (value instanceof XmlNodes) {
    const around = nodesAt(value, pointer.slice(0, -1))
    return around?.list(pointer.at(-1) ?? '')
  }
  const list = valueAt(value, pointer)
  return Array.isArray(list) ? list : undefined
}

/** Whether nothing stands there although what is around it does: a wrong document lacks everything. */
export function isMissing(value: unknown, pointer: Pointer): boolean {
  const token = pointer.at(-1)
  const outer = pointer.slice(0, -1)
  const around = value instanceof XmlNodes ? nodesAt(value, outer) : valueAt(value, outer)
  return token !== undefined && typeof around === 'object' && around !== null && childOf(around, token) === undefined
}

function nodesAt(value: XmlNodes, pointer: Pointer): XmlNodes | undefined {
  let found: unknown = value
  for (const token of pointer) found = childOf(found, token)
  return found instanceof XmlNodes ? found : undefined
}

/** What stands under one name or number of a value, or undefined. */
export function childOf(value: unknown, token: string): unknown {
  if (value instanceof XmlNodes) return value.step(token)
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
