type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without the fields that were not given: to have a field that is undefined is something else than not to have it. */
export function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
}
