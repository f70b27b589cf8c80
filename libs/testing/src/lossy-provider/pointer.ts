import type { Json } from './effects.ts'

/** What stands there, or undefined. */
export function atPointer(value: unknown, pointer: string): unknown {
  return namesIn(pointer).reduce<unknown>((inside, name) => (isObject(inside) ? inside[name] : undefined), value)
}

/** A copy with another value there, if there is one at all. */
export function changedAt(value: Json, pointer: string, change: (old: unknown) => unknown): Json {
  const [first = '', ...rest] = namesIn(pointer)
  const inside = value[first]
  if (inside === undefined) return value
  const changed = rest.length > 0 && isObject(inside) ? changedAt(inside, `/${rest.join('/')}`, change) : change(inside)
  return { ...value, [first]: changed }
}

const namesIn = (pointer: string): string[] => pointer.split('/').slice(1)

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null
