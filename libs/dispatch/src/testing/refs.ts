import type { EntryRef } from '../dispatch.ts'

/** The number of a reference that `refs` made, by its id. */
export const numberOf = (entryId: string): number => Number(entryId.slice(-12))

/** References numbered from `from` up to, and without, `to`; seven ordering keys. */
export const refs = (from: number, to: number): EntryRef[] =>
  Array.from({ length: to - from }, (_, index) => refOf(from + index))

const refOf = (number: number): EntryRef => ({
  source: 'main',
  entryId: `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`,
  tenant: 'acme',
  effect: 'invoice.issue',
  key: `cust-${number % 7}/${number}`,
  orderingKey: `cust-${number % 7}`,
  traceparent: null,
})
