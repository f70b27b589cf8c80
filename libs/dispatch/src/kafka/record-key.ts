import type { EntryRef } from '../dispatch.ts'

/** The key of a record, which keeps the order of an ordering key: tenant (percent-encoded), a slash, ordering key. */
export const recordKeyOf = ({ tenant, orderingKey }: Pick<EntryRef, 'tenant' | 'orderingKey'>): string =>
  `${encoded(tenant)}/${orderingKey}`

export function readRecordKey(key: string): { tenant: string; orderingKey: string } | null {
  const slash = key.indexOf('/')
  if (slash < 1) return null
  const tenant = key.slice(0, slash)
  try {
    return { tenant: tenant.includes('%') ? decodeURIComponent(tenant) : tenant, orderingKey: key.slice(slash + 1) }
  } catch {
    return null
  }
}

const PLAIN = /^[\w.~-]+$/

/** Encoding costs more than looking, and almost no name needs it. */
const encoded = (name: string) => (PLAIN.test(name) ? name : encodeURIComponent(name))
