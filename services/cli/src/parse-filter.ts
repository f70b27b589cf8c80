import { parseDurationMs } from '@readback/service-kit'
import { isEntryId } from './entry-id.ts'
import { usageError } from './framework/cli-error.ts'

export type Filter = {
  tenant?: string
  effect?: string
  cause?: string
  keyPrefix?: string
  entryIds?: readonly string[]
  olderThanMs?: number
}

const TERM = /^(tenant|effect|cause|key|id|older)([=~])(.+)$/
const SYNTAX = 'effect=NAME, tenant=NAME, cause=CODE, key~PREFIX, id=ENTRY, older=1h, or all'

/** `effect=invoice.issue tenant=acme key~cust-7 older=1h`, separated by blanks or commas; `all` leaves nothing out. */
export function parseFilter(text: string): Filter {
  const terms = text.split(/[\s,]+/).filter(Boolean)
  if (terms.length === 0) throw usageError(`expected a filter such as ${SYNTAX}`)
  if (terms.length === 1 && terms[0] === 'all') return {}
  const filter: Filter = {}
  for (const term of terms) add(filter, term)
  return filter
}

function add(filter: Filter, term: string): void {
  const [, name, sign, value = ''] = TERM.exec(term) ?? []
  if (name === 'id' && sign === '=' && isEntryId(value)) filter.entryIds = [...(filter.entryIds ?? []), value]
  else if (name === 'key' && sign === '~') once(filter, 'keyPrefix', value, term)
  else if (name === 'older' && sign === '=') once(filter, 'olderThanMs', parseDurationMs(value), term)
  else if ((name === 'tenant' || name === 'effect' || name === 'cause') && sign === '=') once(filter, name, value, term)
  else throw refused(term)
}

function once<K extends keyof Filter>(filter: Filter, name: K, value: Filter[K] | undefined, term: string): void {
  if (value === undefined || filter[name] !== undefined) throw refused(term)
  filter[name] = value
}

const refused = (term: string) => usageError(`expected ${SYNTAX}, each at most once, got ${JSON.stringify(term)}`)
