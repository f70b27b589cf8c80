import { describe, expect, it } from 'vitest'
import type { EntryRef } from './dispatch.ts'
import { ofSource } from './of-source.ts'

const ref = (source: string, entryId: string): EntryRef => ({
  source,
  entryId,
  tenant: 'acme',
  effect: 'invoice.issue',
  key: entryId,
  orderingKey: entryId,
  traceparent: null,
})

describe('an intake of one source', () => {
  it('is handed its own references and never those of another database', async () => {
    const accepted: string[] = []
    const intake = ofSource('billing', {
      room: () => Promise.resolve(1),
      overdue: async () => [],
      accept: async (refs) => void accepted.push(...refs.map((each) => each.entryId)),
    })
    await intake.accept([ref('billing', 'a'), ref('shop', 'b'), ref('billing', 'c')])
    await intake.accept([ref('shop', 'd')])
    expect(accepted).toEqual(['a', 'c'])
  })
})
