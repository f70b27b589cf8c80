import type { EntryRef } from '../dispatch.ts'

/** References numbered from `from` up to, and without, `to`; seven ordering keys. */
export const refs = (from: number, to: number): EntryRef[] =>
  Array.from({ length: to - from }, (_, index) => refOf(from + index))

const refOf = (number: number): EntryRef => ({
  source: 'main',
  entryId: String(number),
  tenant: 'acme',
  effect: 'invoice.issue',
  key: `cust-${number % 7}/${number}`,
  orderingKey: `cust-${number % 7}`,
  traceparent: null,
})
